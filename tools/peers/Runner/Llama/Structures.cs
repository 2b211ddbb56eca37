// Filled in by llama.cpp, for the most part.
#pragma warning disable CS0649

namespace KernelDsl.Tools.Peers.Runner.Llama;

/// <summary>llama_model_params, of which only the defaults are used.</summary>
struct ModelParameters
{
    public nint Devices, BufferTypeOverrides;
    public int GpuLayers, SplitMode, LoadMode, LazyMode, MainGpu;
    public nint TensorSplit, Progress, ProgressData, KeyValueOverrides;
    public byte VocabularyOnly, CheckTensors, UseExtraBufferTypes, NoHost, NoAllocation, LoadMtp;
}

/// <summary>llama_context_params.</summary>
struct ContextParameters
{
    public uint Context, Batch, MicroBatch, MaxSequences, StateSnapshots, MaxOutputs, MaxOutputsPerSequence;
    public int Threads, BatchThreads;
    public int ContextType, RopeScaling, Pooling, Attention, FlashAttention;
    public float RopeBase, RopeScale, YarnExtension, YarnAttention, YarnFast, YarnSlow;
    public uint YarnContext;
    public float DefragmentThreshold;
    public nint Evaluate, EvaluateData;
    public int KeyType, ValueType;
    public nint Abort, AbortData;
    public byte Embeddings, OffloadAttention, NoTimings, OffloadOperations, FullSlidingWindow, UnifiedCache;
    public nint Samplers, SamplerCount, Other;
}

/// <summary>llama_batch.</summary>
unsafe struct Batch
{
    public int Count;
    public int* Tokens;
    public float* Embeddings;
    public int* Positions;
    public int* SequenceCounts;
    public int** Sequences;
    public byte* WantsLogits;
}
