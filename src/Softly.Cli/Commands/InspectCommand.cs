using System.CommandLine;
using Softly.Models.Weights;
using Softly.Runs;
using Softly.Tokenization;

namespace Softly.Cli.Commands;

/// <summary><c>softly inspect</c></summary>
internal static class InspectCommand
{
    public static Command Make()
    {
        var path = new Argument<string>("CHECKPOINT")
        {
            Description = "a Hugging Face folder, a .gguf file, org/name of a fetched model, or a run's folder "
                + "(its newest checkpoint)"
        };
        var tensors = new Option<bool>("--tensors") { Description = "list every tensor with its type and shape" };
        var json = Common.Json();
        var command = new Command("inspect", "Say what is in a checkpoint without loading its weights.") { path, tensors, json }
            .WithExamples(
                "softly inspect model.gguf",
                "softly inspect runs/try --tensors");
        command.SetAction(parsed =>
        {
            var file = Source.Weights(parsed.GetValue(path)!);
            using var weights = PretrainedWeights.Open(file, ModelName.Find);
            Show(new Reporter(parsed.GetValue(json)), file, weights, Tokenizers.Of(file, weights), parsed.GetValue(tensors));
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Show(Reporter reporter, string file, PretrainedWeights weights, Tokenizer tokenizer, bool tensors)
    {
        var c = weights.Config;
        var entries = weights.File.Entries.Values;
        var count = entries.Sum(e => e.Elements);
        var types = entries.GroupBy(e => e.Type.ToString()).OrderByDescending(g => g.Sum(e => e.Elements))
            .ToDictionary(g => g.Key, g => g.Sum(e => e.Elements));
        var adapter = AdapterConfig.IsIn(file) ? AdapterConfig.Read(file) : null;
        if (reporter.Json)
        {
            reporter.Record(new
            {
                path = file,
                config = c,
                parameters = count,
                types,
                vocabulary = tokenizer.VocabularySize,
                end_tokens = tokenizer.EndTokens,
                chat_template = tokenizer.Template is not null,
                adapter,
                tensors = tensors
                    ? entries.OrderBy(e => e.Name, StringComparer.Ordinal)
                        .Select(e => new { name = e.Name, type = e.Type.ToString(), shape = e.Shape })
                    : null
            });
            return;
        }
        reporter.Say($"{file}: {c.ModelType}, {count:N0} parameters "
            + $"({string.Join(", ", types.Select(t => $"{t.Key} {100.0 * t.Value / count:F1} %"))})");
        if (adapter is { Options: var o })
            reporter.Say($"  with a LoRA adapter of rank {o.Rank}, α {o.Alpha:G6}{(o.RankStabilized ? " over √rank" : "")}, on "
                + $"{o.TargetPattern ?? string.Join(", ", o.Targets)} of {AdapterConfig.FindBase(file, ModelName.Find)}");
        reporter.Say($"  {c.Layers} layers of width {c.HiddenSize}, {c.Heads} heads of {c.HeadSize} over {c.KeyValueHeads} "
            + $"key-value heads, feed-forward {c.IntermediateSize}");
        reporter.Say($"  vocabulary {c.VocabularySize:N0}, {(c.TiedHead ? "tied" : "untied")} head, "
            + $"{c.MaxPositions:N0} positions, rotary base {c.RopeTheta:G6}"
            + $"{(c.RopeScaling is { } s ? $" (llama3 scaling × {s.Factor})" : "")}"
            + $"{(c.QkvBias ? ", QKV bias" : "")}");
        reporter.Say($"  in memory: {HumanBytes.Format(4 * count)} in single precision; "
            + $"training adds {HumanBytes.Format(12 * count)} (gradient and AdamW)");
        reporter.Say($"  tokenizer: {tokenizer.VocabularySize:N0} tokens, "
            + $"ends a text with {string.Join(", ", tokenizer.EndTokens.Select(t => $"{tokenizer.TokenText(t)} ({t})"))}, "
            + $"{(tokenizer.Template is null ? "no chat template" : "with a chat template")}");
        if (!tensors) return;
        foreach (var e in entries.OrderBy(e => e.Name, StringComparer.Ordinal))
            reporter.Say($"  {e.Name,-60} {e.Type,-6} {e.ShapeText}");
    }
}
