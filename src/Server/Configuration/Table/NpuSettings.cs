using Kdsl.Configuration.Types;

namespace Kdsl.Configuration.Table;

/// <summary>What only Ascend's devices have.</summary>
static class NpuSettings
{
    static readonly Use _cpu = Use.None("the model is computed on the CPU, as one whole");

    static readonly SettingList _all = [];

    public static readonly Setting<int> NpuMemory = _all.Row(new Setting<int>("npu-mem-size", Section.Model, new WholeNumber(-1, 1024), "-1")
    {
        Meaning = "Gigabytes of each device for keys and values; -1: what is left", Why = "no device has more", MindIe = MindIePaths.Model + "npuMemSize",
        Use = Use.None("it sizes the memory of an NPU; on the CPU it is --kv-memory"),
    });

    public static readonly Setting<int> CpuMemory = _all.Row(new Setting<int>("cpu-mem-size", Section.Model, new WholeNumber(0, 65536), "5")
    {
        Meaning = "Gigabytes of the host for sequences that are moved out of the devices' memory", Why = "no host has more", MindIe = MindIePaths.Model + "cpuMemSize",
        Use = Use.As("with --max-preempt-count: room for their copies"),
    });

    public static readonly Setting<int> WorldSize = _all.Row(new Setting<int>("world-size", Section.Model, new WholeNumber(1, 1024), "1")
    {
        Meaning = "Devices that share the model", Why = "a device has a slice at least", MindIe = MindIePaths.Model + "worldSize", Use = _cpu,
    });

    public static readonly Setting<string?> Devices = _all.Row(new Setting<string?>("npu-device-ids", Section.Model, new DeviceIds())
    {
        Meaning = "Their numbers, for each instance", MindIe = MindIePaths.Backend + "npuDeviceIds", Use = _cpu,
    });

    public static readonly Setting<int> Instances = _all.Row(new Setting<int>("model-instance-number", Section.Model, new WholeNumber(1, 10), "1")
    {
        Meaning = "MindIE: engines in one process", Why = "MindIE's limit", MindIe = MindIePaths.Backend + "modelInstanceNumber", Use = Use.None("one engine uses all cores; start another kdsl for another"),
    });

    public static readonly Setting<float> MemoryFraction = _all.Row(new Setting<float>("npu-memory-fraction", Section.Model, new Number(0, 1), "0.8")
    {
        Meaning = "Share of a device's memory that may be used", Why = "a share", OtherVariables = ["NPU_MEMORY_FRACTION"], Use = _cpu,
    });

    public static readonly Setting<int> DataParallel = Yaml("data-parallel", "Copies of the model", "parallel_config.data_parallel");
    public static readonly Setting<int> ModelParallel = Yaml("model-parallel", "Slices of each matrix", "parallel_config.model_parallel");
    public static readonly Setting<int> PipelineStages = Yaml("pipeline-stages", "Groups of layers", "parallel_config.pipeline_stage");

    public static readonly Setting<long?> DeviceMemory = _all.Row(new Setting<long?>("max-device-memory", Section.Model, new Size())
    {
        Meaning = "MindSpore: most memory of a device", Yaml = "context.max_device_memory", Use = _cpu,
    });

    public static readonly Setting<string?> AsyncScheduling = _all.Row(new Setting<string?>("async-scheduling-enable", Section.Schedule, new AnyText())
    {
        Meaning = "MindIE 2: whether a step is prepared while the last one runs", OtherVariables = ["MINDIE_ASYNC_SCHEDULING_ENABLE"], Use = _cpu,
    });

    public static readonly Setting<string?> SlidingWindow = _all.Row(new Setting<string?>("tokenizer-sliding-window-size", Section.Model, new AnyText())
    {
        Meaning = "MindIE: tokens that it decodes again with each new one", OtherVariables = ["MIES_TOKENIZER_SLIDING_WINDOW_SIZE"], Use = Use.None("each token is decoded once"),
    });

    /// <summary>All rows.</summary>
    public static IReadOnlyList<Setting> All => _all;

    static Setting<int> Yaml(string name, string meaning, string path) => _all.Row(new Setting<int>(name, Section.Model, new WholeNumber(1, 1024), "1")
    {
        Meaning = meaning, Why = "a device has a slice at least", Yaml = path, Use = _cpu,
    });
}
