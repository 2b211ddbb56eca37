using Kdsl.Configuration.Files;
using Kdsl.Configuration.Table;

namespace Kdsl.Configuration.Layers;

/// <summary>MindFormers' predict_*.yaml. What it says of the architecture only serves to notice differences: numbers come from the model's config.json.</summary>
static class YamlLayer
{
    const string Training = "it is about training", Checkpoint = "weights are read as they are, and nothing is written", Graph = "it is about MindSpore's graphs",
        Architecture = "the model's config.json says it", Paged = "MindIE sizes pages by its own file", Unused = "nothing reads it, in MindFormers either", Tokenizer = "the tokenizer is the model folder's";

    static readonly FileLayer _layer = new(Layer.Yaml, Settings.ByYaml,
    [
        ("seed", Training), ("output_dir", "nothing is written"), ("src_strategy_path_or_dir", Checkpoint), ("auto_trans_ckpt", Checkpoint), ("only_save_strategy", Checkpoint),
        ("resume_training", Training), ("load_ckpt_format", Checkpoint), ("use_parallel", "the model is computed on the CPU, as one whole"), ("run_mode", "kdsl predicts"),
        ("trainer*", Training), ("runner_config*", Training), ("runner_wrapper*", Training), ("callbacks*", Training), ("eval_*", Training), ("train_*", Training), ("do_eval", Training),
        ("optimizer*", Training), ("lr_schedule*", Training), ("recompute_config*", Training), ("auto_tune", Training), ("profile*", Training), ("remote_save_url", "nothing is written"),
        ("parallel_config.*", "the model is computed on the CPU, as one whole"), ("micro_batch_interleave_num", Training), ("moe_config*", "the model has no experts"),
        ("parallel", "the model is computed on the CPU, as one whole"), ("parallel.*", "the model is computed on the CPU, as one whole"), ("context.*", Graph), ("enable_alltoall", Graph),
        ("processor*", Tokenizer), ("model.arch*", Architecture), ("model.model_config.max_position_embeddings", Unused), ("model.model_config.max_decode_length", "MindIE's maxIterTimes limits answers"),
        ("model.model_config.block_size", Paged), ("model.model_config.num_blocks", Paged), ("model.model_config.auto_map", "nothing of a model's folder is ever run"),
        ("model.model_config.use_*", Graph), ("model.model_config.is_dynamic", Graph), ("model.model_config.qkv_concat", "matrices are joined as they are loaded"),
        ("model.model_config.*dtype", Architecture), ("model.model_config.compute_dtype", "products are bf16 or int8"), ("model.model_config.param_init_type", Architecture),
        ("model.model_config.layernorm_compute_type", "norms are computed in fp32"), ("model.model_config.softmax_compute_type", "softmax is computed in fp32"), ("model.model_config.rotary_dtype", "angles are computed in fp32"),
        ("model.model_config.batch_size", Graph), ("model.model_config.offset", Graph), ("model.model_config.checkpoint_name_or_path", Checkpoint), ("model.model_config.emb_dropout_prob", Training),
        ("model.model_config.extend_method", Architecture), ("model.model_config.scaling_factor", Architecture), ("model.model_config.type", Architecture),
        .. YamlDifferences.Architecture.Select(static p => (p.Yaml, Architecture)),
    ]);

    /// <summary>The file, and the values that it sets.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, or is no YAML.</exception>
    public static (SettingsFile File, List<RawValue> Values) Read(EffectiveValue file, Problems problems)
    {
        string path = (string)file.Value!;
        FilePermissions.Check(path, problems);
        var settings = YamlSettings.Read(path, SettingsFile.Read(path, $"{file.Source}"));
        return (settings, _layer.Read(settings, problems));
    }
}
