using System.CommandLine;
using Softly.Models.Weights;
using Softly.Runs;

namespace Softly.Cli.Commands;

/// <summary><c>softly convert</c></summary>
internal static class ConvertCommand
{
    private static readonly Dictionary<string, StoredType> Types = new()
    {
        ["f32"] = StoredType.F32, ["f16"] = StoredType.F16, ["bf16"] = StoredType.BF16, ["q8_0"] = StoredType.Q80,
        ["q5_1"] = StoredType.Q51, ["q5_0"] = StoredType.Q50, ["q4_1"] = StoredType.Q41, ["q4_0"] = StoredType.Q40,
    };

    public static Command Make()
    {
        var source = new Argument<string>("SOURCE")
        {
            Description = "a Hugging Face folder, a .gguf file, a run's folder (its newest checkpoint), or a LoRA adapter, "
                + "which is added to the model it changes"
        };
        var target = new Argument<string>("TARGET") { Description = "a folder (Hugging Face) or a file ending in .gguf" };
        var type = new Option<string?>("--type", "-t")
        {
            Description = $"how matrices are stored: {string.Join(", ", Types.Keys)}; the quantised ones in GGUF only. "
                + "Left out, the source's own type, or f32 where that is quantised"
        };
        var shard = new Option<string>("--shard-size")
        {
            Description = "the most bytes in one safetensors file, such as 5GB or 500MB", DefaultValueFactory = _ => "5GB"
        };
        var force = new Option<bool>("--force") { Description = "replace the model that is there already" };
        var json = Common.Json();
        var command = new Command("convert", "Write a model in another format or type, without loading it.")
        {
            source, target, type, shard, force, json
        }.WithExamples(
            "softly convert runs/try model.gguf --type q8_0",
            "softly convert model.gguf model --type bf16",
            "softly convert model model-small-files --shard-size 500MB");
        command.SetAction(parsed =>
        {
            if (parsed.GetResult(shard) is { Implicit: false }
                && parsed.GetValue(target)!.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
                throw new UserError("--shard-size: a .gguf file is written whole; leave it out, or give a folder as the target");
            var conversion = new Conversion(
                parsed.GetValue(source)!, parsed.GetValue(target)!, Type(parsed.GetValue(type)), Bytes(parsed.GetValue(shard)!),
                parsed.GetValue(force), new Reporter(parsed.GetValue(json)));
            using var interrupt = new Interrupt("stopping; the target is left as it was");
            conversion.Run(interrupt.Token);
            return ExitCode.Ok;
        });
        return command;
    }

    private static StoredType? Type(string? name) => name is null ? null
        : Types.TryGetValue(name.ToLowerInvariant(), out var type) ? type
        : throw new UserError($"--type {name}: expected one of {string.Join(", ", Types.Keys)}");

    private static long Bytes(string text) => HumanBytes.TryParse(text, out var bytes)
        ? bytes
        : throw new UserError($"--shard-size {text}: expected a size such as 5GB, 500MB or 2GiB");
}
