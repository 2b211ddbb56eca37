using System.Runtime.InteropServices;

namespace KernelDsl.Backends.Cpu;

/// <summary>
/// Runs the programs of a launch on a fixed set of threads, the caller among them: one barrier per launch, no allocation. Threads wait
/// for the next launch spinning (a system call costs more than most kernels) and park when none comes, so that an idle process is idle.
/// </summary>
internal sealed unsafe class WorkerPool : IDisposable
{
    // A parked worker wakes in about 50 us, a spinning one in 0.1 us; the gap between two steps of a model is of the former's order.
    private const long SpinMicroseconds = 200;
    private const int LineLongs = 16;

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim[] _wakeups;
    private readonly float*[] _scratch;
    private readonly int[] _parked;

    // Shared words in native memory, a cache line pair each: generation, next program, finished workers.
    private readonly long* _generation, _next, _finished;
    private Job _job;
    private volatile bool _stopping;

    /// <param name="workers">Threads that run programs, the caller included.</param>
    /// <param name="scratchBytes">Scratch memory of each.</param>
    public WorkerPool(int workers, int scratchBytes)
    {
        Workers = workers;
        long* words = (long*)NativeMemory.AlignedAlloc(3 * LineLongs * sizeof(long), 128);
        new Span<long>(words, 3 * LineLongs).Clear();
        _generation = words;
        _next = words + LineLongs;
        _finished = words + (2 * LineLongs);
        _scratch = new float*[workers];
        for (int i = 0; i < workers; i++)
            _scratch[i] = (float*)NativeMemory.AlignedAlloc((nuint)scratchBytes + 64, 4096);
        _parked = new int[workers * LineLongs];
        _wakeups = new SemaphoreSlim[workers];
        _threads = new Thread[workers];
        int[] cpus = Affinity.Cpus();
        for (int i = 1; i < workers; i++)
        {
            int index = i, cpu = cpus.Length >= workers ? cpus[i] : -1;
            _wakeups[i] = new SemaphoreSlim(0);
            _threads[i] = new Thread(() => Work(index, cpu)) { IsBackground = true, Name = $"kdsl worker {i}" };
            _threads[i].Start();
        }
    }

    /// <summary>Threads that run programs, the caller included.</summary>
    public int Workers { get; }

    /// <summary>Runs every program of a grid; returns when all have ended.</summary>
    public void Run(delegate*<KernelArgument*, float*, int, int, int, void> program, KernelArgument* arguments, int programsX, int programsY, int programsZ)
    {
        long count = (long)programsX * programsY * programsZ;
        var job = new Job(program, arguments, programsX, programsY, count, Math.Max(1, count / (Workers * 16L)));
        if (count <= 1 || Workers == 1)
        {
            job.Run(0, count, _scratch[0]);
            return;
        }

        _job = job;
        *_next = 0;
        *_finished = 0;
        Interlocked.Increment(ref *_generation);
        for (int i = 1; i < Workers; i++)
            if (Volatile.Read(ref _parked[i * LineLongs]) != 0 && Interlocked.Exchange(ref _parked[i * LineLongs], 0) != 0)
                _wakeups[i].Release();
        Share(0);
        var spin = default(Spinner);
        while (Volatile.Read(ref *_finished) != Workers - 1)
            spin.Once();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_stopping)
            return;
        _stopping = true;
        Interlocked.Increment(ref *_generation);
        for (int i = 1; i < Workers; i++)
        {
            _wakeups[i].Release();
            _threads[i].Join();
            _wakeups[i].Dispose();
        }

        foreach (float* scratch in _scratch)
            NativeMemory.AlignedFree(scratch);
        NativeMemory.AlignedFree(_generation);
    }

    private void Work(int index, int cpu)
    {
        if (cpu >= 0)
            Affinity.Pin(cpu);
        long seen = 0;
        while (true)
        {
            Await(index, seen);
            seen++;
            if (_stopping)
                return;
            Share(index);
            Interlocked.Increment(ref *_finished);
        }
    }

    private void Await(int index, long seen)
    {
        var spin = default(Spinner);
        while (Volatile.Read(ref *_generation) == seen)
        {
            if (_stopping)
                return;
            if (spin.Once() < SpinMicroseconds)
                continue;
            Interlocked.Exchange(ref _parked[index * LineLongs], 1);
            // A launch between the last look and the flag would not have seen the flag.
            if (Volatile.Read(ref *_generation) == seen || Interlocked.Exchange(ref _parked[index * LineLongs], 0) == 0)
                _wakeups[index].Wait();
            spin = default;
        }
    }

    /// <summary>Takes chunks of programs until none is left: a thread that the system takes away holds up one chunk only.</summary>
    private void Share(int index)
    {
        var job = _job;
        while (true)
        {
            long first = Interlocked.Add(ref *_next, job.Chunk) - job.Chunk;
            if (first >= job.Count)
                return;
            job.Run(first, Math.Min(first + job.Chunk, job.Count), _scratch[index]);
        }
    }

    /// <summary>What a launch runs.</summary>
    private readonly struct Job(delegate*<KernelArgument*, float*, int, int, int, void> program, KernelArgument* arguments, int programsX, int programsY, long count, long chunk)
    {
        private readonly delegate*<KernelArgument*, float*, int, int, int, void> _program = program;
        private readonly KernelArgument* _arguments = arguments;

        public long Count { get; } = count;

        public long Chunk { get; } = chunk;

        public void Run(long first, long end, float* scratch)
        {
            for (long p = first; p < end; p++)
                _program(_arguments, scratch, (int)(p % programsX), (int)(p / programsX % programsY), (int)(p / programsX / programsY));
        }
    }

    /// <summary>Busy waiting that knows how long it has lasted.</summary>
    private struct Spinner
    {
        private long _start;
        private int _count;

        /// <summary>Waits a moment; microseconds since the first call, updated now and then.</summary>
        public long Once()
        {
            Thread.SpinWait(1);
            if ((++_count & 255) != 0)
                return 0;
            // Whoever is waited for may be waiting for this processor.
            Thread.Yield();
            long now = System.Diagnostics.Stopwatch.GetTimestamp();
            if (_start == 0)
                _start = now;
            return (now - _start) * 1_000_000 / System.Diagnostics.Stopwatch.Frequency;
        }
    }
}
