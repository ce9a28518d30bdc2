using Softly.Models;
using Softly.Tasks;

namespace Softly.Cli.Benches;

/// <summary>A model by its sizes alone: weights are random where no files are given: speed does not depend on them.</summary>
/// <param name="Name">How tables call it.</param>
/// <param name="Config">The sizes. No token ends a text, so that every completion has the length that was asked for.</param>
/// <param name="Path">Files whose weights are taken; null for random ones.</param>
internal sealed record Shape(string Name, DecoderConfig Config, string? Path = null)
{
    private const int Positions = 2048;

    public static readonly Shape Micro = Of("micro", layers: 2, width: 32, heads: 2, pairs: 1, inside: 64, words: 97);

    /// <summary>The quickstart's, and that of the runs which are compared with TRL's.</summary>
    public static readonly Shape Parity = Of("parity", layers: 3, width: 64, heads: 2, pairs: 2, inside: 128, words: 107);

    public static readonly Shape Tiny = Of("tiny", layers: 4, width: 128, heads: 4, pairs: 2, inside: 384, words: 64);
    public static readonly Shape Small = Of("small", layers: 6, width: 256, heads: 8, pairs: 4, inside: 768, words: 512);

    /// <summary>SmolLM2-135M's.</summary>
    public static readonly Shape Large = Of("135m", layers: 30, width: 576, heads: 9, pairs: 3, inside: 1536, words: 49152);

    public static readonly IReadOnlyList<Shape> Known =
        [Micro, Parity, Tiny, Small, Of("15m", layers: 6, width: 288, heads: 6, pairs: 6, inside: 768, words: 32000), Large];

    /// <summary>A shape by its name, or that of a model's files.</summary>
    /// <exception cref="UserError">It is neither.</exception>
    public static Shape Find(string given)
    {
        if (Known.FirstOrDefault(s => s.Name == given) is { } known) return known;
        var path = ModelName.Resolve(given);
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            var near = NearestName.Of(given, Known.Select(s => s.Name)) is { } name ? $"; did you mean '{name}'?" : "";
            throw new UserError($"--model {given}: neither one of the shapes {string.Join(", ", Known.Select(s => s.Name))} "
                + $"nor a model's files nor a model that softly pull has fetched{near}");
        }
        path = Source.Weights(path);
        using var weights = Models.Weights.PretrainedWeights.Open(path, ModelName.Find);
        return new Shape(
            System.IO.Path.GetFileNameWithoutExtension(System.IO.Path.TrimEndingDirectorySeparator(path)),
            weights.Config with { EndTokens = [], BeginToken = null, PadToken = null }, path);
    }

    /// <summary>The same with another vocabulary.</summary>
    public Shape WithWords(int words) => this with { Config = Config with { VocabularySize = words } };

    /// <summary>
    /// Numbers in the matrices that every token is multiplied with: all layers' and the head, once where it is the embedding too.
    /// </summary>
    public long MatrixParameters => new ModelWork(Config).Matrices;

    private static Shape Of(string name, int layers, int width, int heads, int pairs, int inside, int words) => new(
        name, new DecoderConfig
        {
            VocabularySize = words, HiddenSize = width, IntermediateSize = inside, Layers = layers, Heads = heads,
            KeyValueHeads = pairs, HeadSize = width / heads, MaxPositions = Positions,
        });
}
