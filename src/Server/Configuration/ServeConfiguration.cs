using Kdsl.Serving;

namespace Kdsl.Configuration;

/// <summary>All that <c>kdsl serve</c> is told, typed.</summary>
sealed record ServeConfiguration(ServerConfiguration Server, ModelConfiguration Model, ScheduleConfiguration Schedule, SamplingConfiguration Sampling, LogConfiguration Log)
{
    /// <summary>From the settings.</summary>
    public static ServeConfiguration Of(EffectiveConfiguration e) =>
        new(ServerConfiguration.Of(e), ModelConfiguration.Of(e), ScheduleConfiguration.Of(e), SamplingConfiguration.Of(e), LogConfiguration.Of(e));

    /// <summary>Which model to open and how.</summary>
    public ModelOptions ModelOptions => Model.Options with { MaxBatch = Schedule.MaxBatch, Scheduling = Schedule.Options, Sampling = Sampling.Over, CheckTokenizer = true, TemplateText = Model.Options.Folder is { } folder ? ModelTemplate.Find(folder)?.Text : null };
}
