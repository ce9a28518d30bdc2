using Softly.Cli.Recipes;
using Softly.Models;

namespace Softly.Cli.Benches;

/// <summary>What was asked of a benchmark.</summary>
internal sealed record BenchOptions
{
    /// <summary>Threads of libtorch and of the kernels.</summary>
    public required int Threads { get; init; }

    /// <summary>Of weights, prompts, draws and rewards.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Small sizes and few runs: whether all works, not how fast it is.</summary>
    public bool Quick { get; init; }

    /// <summary>What stands in for the large model: a shape's name, or files; null for 135m.</summary>
    public string? Model { get; init; }

    /// <summary>Recipe keys: engine, types and whatever else may be chosen without changing what is computed.</summary>
    public IReadOnlyList<string> Changes { get; init; } = [];

    /// <summary>The recipe of a measurement.</summary>
    /// <param name="own">What makes it this measurement; cannot be changed.</param>
    /// <param name="usual">What may be.</param>
    /// <exception cref="UserError">A change that is not allowed, or that is none.</exception>
    public Recipe Recipe(IEnumerable<string> own, IEnumerable<string> usual)
    {
        string[] held = [.. own, $"threads={Threads}", $"seed={Seed}"];
        if (Changes.FirstOrDefault(c => held.Any(h => Key(h) == Key(c))) is { } refused)
            throw new UserError($"{refused}: {Key(refused)} is what the measurement is made of"
                + (Key(refused) is "threads" or "seed" ? $": use --{Key(refused)}" : ", and cannot be changed"));
        return RecipeReader.Read(null, [.. held, .. usual.Where(u => Changes.All(c => Key(c) != Key(u))), .. Changes]);
    }

    /// <summary>
    /// How a user would run a large model on this machine: decoding and products of the update in bfloat16 where the processor has
    /// them.
    /// </summary>
    /// <param name="decoding">Whether decoding is to be in bfloat16.</param>
    /// <param name="training">Whether there is an update, to be in bfloat16 too.</param>
    public IReadOnlyList<string> HalfWhereItCan(bool decoding, bool training)
    {
        if (!SimdDecoder.SupportsHalf) return [];
        var fused = Changes.All(c => c.Replace(" ", "", StringComparison.Ordinal) != "update_engine=torch");
        return [.. decoding ? ["dtype=bfloat16"] : Array.Empty<string>(),
            .. training && fused ? ["update_dtype=bfloat16"] : Array.Empty<string>()];
    }

    private static string Key(string pair)
    {
        var name = pair.Split('=')[0];
        return RecipeReader.Find(name)?.Name ?? name;
    }
}

/// <summary>A measurement's surroundings: what was asked, and whom to tell.</summary>
/// <param name="options">What was asked.</param>
/// <param name="tell">Takes words.</param>
internal sealed class Bench(BenchOptions options, Action<Word> tell)
{
    private Shape? _large;

    public BenchOptions Options => options;

    public Patience Patience => options.Quick ? Patience.Quick : Patience.Full;

    /// <summary>The model that large measurements are made with.</summary>
    public Shape Large => _large ??= options.Model is { } given ? Shape.Find(given) : options.Quick ? Shape.Micro : Shape.Large;

    /// <summary>A given shape, or the smallest where it is to be quick.</summary>
    public Shape Of(Shape shape) => options.Quick ? Shape.Micro : shape;

    public void Doing(string what) => tell(new Word { Doing = what });

    public void Measured(Measurement measurement) => tell(new Word { Measured = measurement });

    public void Saw(Ceiling ceiling) => tell(new Word { Ceiling = ceiling });

    public void Skip(string why) => tell(new Word { Skipped = why });

    /// <summary>The limits of this moment; the best of a run counts.</summary>
    public void SeeLimits(int threads)
    {
        foreach (var seen in Ceilings.Products(threads, options.Quick ? 256 : 2048, times: options.Quick ? 3 : 5)) Saw(seen);
    }
}
