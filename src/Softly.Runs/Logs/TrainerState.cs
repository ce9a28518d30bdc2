using System.Text.Json;

namespace Softly.Runs;

/// <summary>
/// <c>trainer_state.json</c> as the Hugging Face trainer names its keys, and no others: its loader refuses unknown ones.
/// Tools draw their curves from <c>log_history</c>.
/// </summary>
public sealed record TrainerState
{
    /// <summary>Steps made: <c>global_step</c>.</summary>
    public required int GlobalStep { get; init; }

    /// <summary>Steps in all: <c>max_steps</c>.</summary>
    public required int MaxSteps { get; init; }

    /// <summary>Passes over the problems so far, with a fraction; null where it has no meaning.</summary>
    public double? Epoch { get; init; }

    /// <summary>Passes over the problems in all.</summary>
    public int NumTrainEpochs { get; init; } = 1;

    /// <summary>Rollouts in one micro-batch of one process.</summary>
    public int? TrainBatchSize { get; init; }

    /// <summary>Steps between metrics lines.</summary>
    public int LoggingSteps { get; init; } = 1;

    /// <summary>Steps between evaluations; 0 for none.</summary>
    public int EvalSteps { get; init; }

    /// <summary>Steps between checkpoints; 0 for none.</summary>
    public int SaveSteps { get; init; }

    /// <summary>Tokens seen so far, prompts and completions.</summary>
    public long NumInputTokensSeen { get; init; }

    /// <summary>Floating point operations so far, by estimate.</summary>
    public double TotalFlos { get; init; }

    /// <summary>The best value of the metric that picks checkpoints; null where none does.</summary>
    public double? BestMetric { get; init; }

    /// <summary>The step of <see cref="BestMetric"/>.</summary>
    public int? BestGlobalStep { get; init; }

    /// <summary>The path of that step's checkpoint.</summary>
    public string? BestModelCheckpoint { get; init; }

    /// <summary>All metrics lines; written with <c>step</c> last, as that trainer does.</summary>
    public IReadOnlyList<MetricsEntry> LogHistory { get; init; } = [];

    /// <summary>Writes the file whole; a former one stays until then.</summary>
    public void Write(string path) => WholeFile.Write(path, JsonLines.Document(Write));

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        Optional("best_global_step", BestGlobalStep);
        Optional("best_metric", BestMetric);
        json.WriteString("best_model_checkpoint", BestModelCheckpoint);
        Optional("epoch", Epoch);
        json.WriteNumber("eval_steps", EvalSteps);
        json.WriteNumber("global_step", GlobalStep);
        json.WriteBoolean("is_hyper_param_search", false);
        json.WriteBoolean("is_local_process_zero", true);
        json.WriteBoolean("is_world_process_zero", true);
        json.WriteStartArray("log_history");
        foreach (var entry in LogHistory)
        {
            json.WriteStartObject();
            foreach (var (name, value) in entry.Metrics) json.WriteNumberOrNull(name, value);
            json.WriteNumber(MetricsEntry.StepName, entry.Step);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("logging_steps", LoggingSteps);
        json.WriteNumber("max_steps", MaxSteps);
        json.WriteNumber("num_input_tokens_seen", NumInputTokensSeen);
        json.WriteNumber("num_train_epochs", NumTrainEpochs);
        json.WriteNumber("save_steps", SaveSteps);
        json.WriteNumberOrNull("total_flos", TotalFlos);
        Optional("train_batch_size", TrainBatchSize);
        json.WriteNull("trial_name");
        json.WriteNull("trial_params");
        json.WriteEndObject();

        void Optional(string name, double? value) => json.WriteNumberOrNull(name, value ?? double.NaN);
    }
}
