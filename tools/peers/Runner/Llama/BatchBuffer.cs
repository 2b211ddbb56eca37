using System.Runtime.InteropServices;

namespace KernelDsl.Tools.Peers.Runner.Llama;

/// <summary>A llama_batch whose tokens belong to one sequence each.</summary>
sealed unsafe class BatchBuffer : IDisposable
{
    private readonly int* _sequenceIds;
    private Batch _batch;

    /// <summary>Room for so many tokens.</summary>
    public BatchBuffer(int capacity)
    {
        _batch = new Batch
        {
            Tokens = Allocate<int>(capacity),
            Positions = Allocate<int>(capacity),
            SequenceCounts = Allocate<int>(capacity),
            Sequences = (int**)Allocate<nint>(capacity),
            WantsLogits = Allocate<byte>(capacity),
        };
        _sequenceIds = Allocate<int>(capacity);
        for (int i = 0; i < capacity; i++)
        {
            _batch.SequenceCounts[i] = 1;
            _batch.Sequences[i] = _sequenceIds + i;
        }
    }

    /// <summary>What was added since <see cref="Clear"/>.</summary>
    public Batch Batch => _batch;

    /// <summary>Empties it.</summary>
    public void Clear() => _batch.Count = 0;

    /// <summary>Adds a token.</summary>
    public void Add(int token, int position, int sequence, bool wantsLogits)
    {
        int i = _batch.Count++;
        (_batch.Tokens[i], _batch.Positions[i], _sequenceIds[i], _batch.WantsLogits[i]) = (token, position, sequence, wantsLogits ? (byte)1 : (byte)0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_batch.Tokens);
        NativeMemory.Free(_batch.Positions);
        NativeMemory.Free(_batch.SequenceCounts);
        NativeMemory.Free(_batch.Sequences);
        NativeMemory.Free(_batch.WantsLogits);
        NativeMemory.Free(_sequenceIds);
    }

    private static T* Allocate<T>(int count) where T : unmanaged => (T*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(T));
}
