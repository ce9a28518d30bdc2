using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Softly.Models;

/// <summary>
/// Which linear maps of a decoder get a low-rank change, and of what size (LoRA, arXiv 2106.09685): W x + s · B A x with
/// A (r, in), B (out, r) and s = α / r. Names, patterns and scales mean what they mean in PEFT.
/// </summary>
public sealed record LoraOptions
{
    /// <summary>Maps of the decoder: every linear map of every layer, the head not among them.</summary>
    public const string AllLinear = "all-linear";

    /// <summary>r: the rank.</summary>
    public int Rank { get; init; } = 16;

    /// <summary>α: the change is scaled by α / r.</summary>
    public double Alpha { get; init; } = 32;

    /// <summary>
    /// The share of a map's inputs that its low-rank path drops in training. Queries, keys and values drop the same ones, and so
    /// do gate and up.
    /// </summary>
    public double Dropout { get; init; }

    /// <summary>Scales by α / √r instead (rsLoRA, arXiv 2312.03732).</summary>
    public bool RankStabilized { get; init; }

    /// <summary>
    /// The maps: names, or their endings after a dot (<c>q_proj</c> means that map of every layer); or one entry
    /// <see cref="AllLinear"/>.
    /// </summary>
    public IReadOnlyList<string> Targets { get; init; } = [AllLinear];

    /// <summary>A regular expression that whole names match; takes the place of <see cref="Targets"/>. Null for none.</summary>
    public string? TargetPattern { get; init; }

    /// <summary>The layers, from 0; null for all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Other ranks: a regular expression that a name ends with, after a dot, and the rank.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> RankPattern { get; init; } = [];

    /// <summary>Other α: a regular expression that a name ends with, after a dot, and α.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> AlphaPattern { get; init; } = [];

    /// <summary><see cref="Targets"/> with all names spelled out, as readers of adapters other than PEFT want them.</summary>
    internal IReadOnlyList<string> TargetNames => Targets is [AllLinear]
        ? ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
        : Targets;

    /// <summary>The rank of the change to a map: its own or <see cref="Rank"/>.</summary>
    /// <param name="name">The map's whole name, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
    public int RankOf(string name) => OwnOr(RankPattern, name, Rank);

    /// <summary>s: what the change to a map is multiplied by.</summary>
    public double ScaleOf(string name)
    {
        double rank = RankOf(name);
        return OwnOr(AlphaPattern, name, Alpha) / (RankStabilized ? Math.Sqrt(rank) : rank);
    }

    /// <summary>Whether a map gets a change.</summary>
    /// <param name="name">The map's whole name.</param>
    /// <param name="layer">Its layer.</param>
    public bool Changes(string name, int layer)
    {
        if (Layers is not null && !Layers.Contains(layer)) return false;
        if (TargetPattern is not null)
            return IsPlain(TargetPattern) ? name.Length == TargetPattern.Length && IsLike(name, TargetPattern)
                : Matches($"^(?:{TargetPattern})$", name);
        return Targets is [AllLinear] || Targets.Any(t => EndsWith(name, t));
    }

    /// <summary>Whether another adapter has the same maps, ranks, scales and dropout.</summary>
    public bool IsLike(LoraOptions other) =>
        (Rank, Alpha, Dropout, RankStabilized, TargetPattern)
            == (other.Rank, other.Alpha, other.Dropout, other.RankStabilized, other.TargetPattern)
        && TargetNames.ToHashSet().SetEquals(other.TargetNames)
        && (Layers ?? []).SequenceEqual(other.Layers ?? [])
        && RankPattern.SequenceEqual(other.RankPattern) && AlphaPattern.SequenceEqual(other.AlphaPattern);

    /// <summary>How large the change to a model of this shape is, without making it.</summary>
    /// <returns>
    /// Numbers of all its parameters; the ranks of the changed maps of the layer that has most, added up; and the inputs of that
    /// layer's changed matrices, added up, queries, keys and values being one, and gate and up.
    /// </returns>
    public (long Parameters, int Ranks, int Inputs) Sizes(DecoderConfig config)
    {
        var changed = Enumerable.Range(0, config.Layers).Select(layer => LinearMap.Of(config)
            .Select(map => (Map: map, Name: $"model.layers.{layer}.{map.Name}"))
            .Where(x => Changes(x.Name, layer)).Select(x => (x.Map, Rank: RankOf(x.Name))).ToList()).ToList();
        return (
            changed.Sum(maps => maps.Sum(x => (long)x.Rank * (x.Map.Inputs + x.Map.Outputs))),
            changed.Max(maps => maps.Sum(x => x.Rank)),
            changed.Max(maps => maps.DistinctBy(x => x.Map.Fused).Sum(x => x.Map.Inputs)));
    }

    /// <summary>What cannot work for a model of this shape, each by PEFT's field.</summary>
    public IEnumerable<string> Problems(DecoderConfig config)
    {
        if (Rank < 1) yield return $"r: a rank of at least 1 is expected, not {Rank}";
        if (!double.IsFinite(Alpha)) yield return $"lora_alpha: a number is expected, not {Alpha}";
        if (Dropout is < 0 or >= 1) yield return $"lora_dropout: a share from 0 to below 1 is expected, not {Dropout}";
        foreach (var problem in PatternProblems()) yield return $"{problem.Field}: {problem.What}";
        if (Layers?.FirstOrDefault(l => l < 0 || l >= config.Layers, -1) is >= 0 and var beyond)
            yield return $"layers_to_transform: there is no layer {beyond}, the last is {config.Layers - 1}";
        if (!PatternProblems().Any() && !Names(config).Any(n => Changes(n.Name, n.Layer)))
            yield return $"target_modules: no linear map of the layers matches; {AllLinear} or some of {Known} do";
    }

    /// <summary>
    /// Targets that no linear map has the name of, each with those that there are. An adapter's file may name such maps, as in
    /// PEFT; whoever writes a recipe has mistyped.
    /// </summary>
    public IEnumerable<string> UnknownTargets(DecoderConfig config) => Targets
        .Where(t => TargetPattern is null && t != AllLinear && !Names(config).Any(n => EndsWith(n.Name, t)))
        .Select(t => $"target_modules: '{t}' is no linear map of the layers: expected {AllLinear} or some of {Known}");

    private static string Known => string.Join(", ", new LoraOptions().TargetNames);

    /// <summary>Regular expressions that cannot be used, by PEFT's field.</summary>
    internal IEnumerable<(string Field, string What)> PatternProblems()
    {
        var patterns = RankPattern.Select(p => ("rank_pattern", p.Key))
            .Concat(AlphaPattern.Select(p => ("alpha_pattern", p.Key)));
        if (TargetPattern is not null) patterns = patterns.Prepend(("target_modules", TargetPattern));
        foreach (var (field, pattern) in patterns)
        {
            if (!IsUsable(pattern))
                yield return (field, $"{Weights.Refusal.Quote(pattern)} is not what is expected: a regular expression of at most "
                    + $"{LongestPattern} characters without counts in braces, look-around and back references");
        }
    }

    /// <summary>The whole names of a decoder's linear maps.</summary>
    internal static IEnumerable<(string Name, int Layer)> Names(DecoderConfig config) =>
        from layer in Enumerable.Range(0, config.Layers)
        from map in LinearMap.Of(config)
        select ($"model.layers.{layer}.{map.Name}", layer);

    private static bool EndsWith(string name, string target) =>
        name == target || name.EndsWith("." + target, StringComparison.Ordinal);

    private T OwnOr<T>(IReadOnlyList<KeyValuePair<string, T>> patterns, string name, T otherwise)
    {
        foreach (var (pattern, value) in patterns)
            if (IsPlain(pattern) ? EndsLike(name, pattern) : Matches($@"^(.*\.)?({pattern})$", name)) return value;
        return otherwise;
    }

    // Patterns come with files. Counts within counts multiply to automata of any size.
    private bool IsUsable(string pattern)
    {
        if (pattern.Length > LongestPattern || pattern.Contains('{')) return false;
        if (IsPlain(pattern)) return true;
        try
        {
            Matches($"^(?:{pattern})$", "");
            return true;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    private const int LongestPattern = 1000;

    // Nearly all patterns are names, and need no automaton, which would be half a megabyte to make: a dot is any character.
    private static bool IsPlain(string pattern) => pattern.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.');

    private static bool EndsLike(string name, string pattern) =>
        name.Length >= pattern.Length && IsLike(name[^pattern.Length..], pattern)
        && (name.Length == pattern.Length || name[^(pattern.Length + 1)] == '.');

    private static bool IsLike(string name, string pattern) => name.Zip(pattern).All(c => c.Second == '.' || c.First == c.Second);

    // An engine without backtracking takes time in proportion to the name, and some to be made.
    private bool Matches(string pattern, string name) =>
        _made.GetOrAdd(pattern, static p => new Regex(p, RegexOptions.NonBacktracking)).IsMatch(name);

    private readonly ConcurrentDictionary<string, Regex> _made = [];
}
