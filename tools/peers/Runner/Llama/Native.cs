using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KernelDsl.Tools.Peers.Runner.Llama;

/// <summary>
/// The part of llama.h and ggml-backend.h that a benchmark needs, as of llama.cpp <see cref="Release"/>. Structures are passed by value and change
/// from release to release, so another release is refused.
/// </summary>
static unsafe partial class Native
{
    /// <summary>The release whose headers these declarations follow.</summary>
    public const string Release = "0.5.0";

    private const string LlamaLibrary = "llama", GgmlLibrary = "ggml", BaseLibrary = "ggml-base";

    /// <summary>Binds the functions to the libraries of a folder.</summary>
    public static void Bind(string folder) => NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, (name, _, _) => name switch
    {
        LlamaLibrary => NativeLibrary.Load(Path.Combine(folder, $"libllama.v{Release}.so")),
        GgmlLibrary => NativeLibrary.Load(Path.Combine(folder, $"libggml.v{Release}.so")),
        BaseLibrary => NativeLibrary.Load(Path.Combine(folder, "libggml-base.so")),
        _ => 0,
    });

    [LibraryImport(GgmlLibrary, EntryPoint = "ggml_backend_load_all_from_path", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void LoadBackends(string folder);

    [LibraryImport(GgmlLibrary, EntryPoint = "ggml_backend_dev_by_type")]
    public static partial nint DeviceOfType(int type);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_backend_dev_backend_reg")]
    public static partial nint BackendOf(nint device);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_backend_reg_get_proc_address", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint FunctionOf(nint backend, string name);

    [LibraryImport(BaseLibrary, EntryPoint = "ggml_threadpool_params_init")]
    public static partial void InitialiseThreadPool(byte* parameters, int threads);

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_version")]
    public static partial byte* Version();

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_log_set")]
    public static partial void SetLog(delegate* unmanaged[Cdecl]<int, byte*, nint, void> callback, nint data);

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_backend_init")]
    public static partial void Initialise();

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_model_default_params")]
    public static partial ModelParameters DefaultModelParameters();

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_model_load_from_file", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint LoadModel(string path, ModelParameters parameters);

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_model_free")]
    public static partial void FreeModel(nint model);

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_model_get_vocab")]
    public static partial nint VocabularyOf(nint model);

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_vocab_n_tokens")]
    public static partial int TokensOf(nint vocabulary);

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_context_default_params")]
    public static partial ContextParameters DefaultContextParameters();

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_init_from_model")]
    public static partial nint NewContext(nint model, ContextParameters parameters);

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_free")]
    public static partial void FreeContext(nint context);

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_attach_threadpool")]
    public static partial void AttachThreadPool(nint context, nint pool, nint batchPool);

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_get_memory")]
    public static partial nint MemoryOf(nint context);

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_memory_clear")]
    public static partial void Clear(nint memory, byte data);

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_memory_seq_cp")]
    public static partial void CopySequence(nint memory, int source, int destination, int from, int to);

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_memory_seq_rm")]
    public static partial byte RemoveFromSequence(nint memory, int sequence, int from, int to);

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_decode")]
    public static partial int Decode(nint context, Batch batch);

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_synchronize")]
    public static partial void Synchronise(nint context);

    [LibraryImport(LlamaLibrary, EntryPoint = "llama_get_logits_ith")]
    public static partial float* Logits(nint context, int row);

    /// <summary>Passes errors on and drops everything else.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static void Log(int level, byte* text, nint data)
    {
        const int Error = 4;
        if (level == Error)
            Console.Error.Write(Marshal.PtrToStringUTF8((nint)text));
    }
}
