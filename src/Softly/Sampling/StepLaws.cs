using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Softly.Sampling;

/// <summary>
/// Marks a law that a recipe can name. The class also has <c>public static StepLaw From(LawSettings)</c>; nothing else need
/// know it.
/// </summary>
/// <param name="name">The name a recipe uses.</param>
/// <param name="uses">The members of <see cref="LawSettings"/> that it reads; any other is refused.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class LawAttribute(string name, params string[] uses) : Attribute
{
    /// <summary>The name a recipe uses.</summary>
    public string Name { get; } = name;

    /// <summary>The members of <see cref="LawSettings"/> that it reads.</summary>
    public IReadOnlyList<string> Uses { get; } = uses;
}

/// <summary>
/// What a recipe says of its law; null takes the law's own default. A setting the law does not read is refused.
/// </summary>
public sealed record LawSettings
{
    /// <summary>τ: temperature of the mixture; 0 feeds the winner alone.</summary>
    public double? Tau { get; init; }

    /// <summary>κ: scale of the Gumbel noise.</summary>
    public double? NoiseScale { get; init; }

    /// <summary>Scales of the Gumbel noise, one a rung, which the members of a group take in turn.</summary>
    public IReadOnlyList<double>? Ladder { get; init; }

    /// <summary>The share of a group's members that think in single tokens.</summary>
    public double? DiscreteShare { get; init; }

    /// <summary>α: concentration of Dirichlet and Gamma draws.</summary>
    public double? Concentration { get; init; }

    /// <summary>σ: deviation of Gaussian noise, in the unit of what it is added to.</summary>
    public double? Sigma { get; init; }

    /// <summary>How many tokens a thought is made of, where a law draws several.</summary>
    public int? Draws { get; init; }

    /// <summary>How drawn tokens are weighted in the mixture.</summary>
    public DrawWeights? Weights { get; init; }

    /// <summary>β of Mixture of Inputs: how much the drawn token counts against the distribution.</summary>
    public double? InputBeta { get; init; }

    /// <summary>How many neighbours are mixed in.</summary>
    public int? Neighbors { get; init; }

    /// <summary>The share of steps that are mixed with neighbours.</summary>
    public double? NeighborRate { get; init; }

    /// <summary>How the components' log-densities become the step's.</summary>
    public Reduction? Reduction { get; init; }
}

/// <summary>How drawn tokens are weighted in a mixture.</summary>
public enum DrawWeights
{
    /// <summary>Every draw alike.</summary>
    Mean,

    /// <summary>By their probability, every draw counted.</summary>
    Probability,
}

/// <summary>How the log-densities of a step's components become the step's.</summary>
public enum Reduction
{
    /// <summary>Their sum: the density.</summary>
    Sum,

    /// <summary>Their mean over the kept components: a geometric mean, no density.</summary>
    Mean,

    /// <summary>
    /// Their sum weighted by the probabilities of the policy that drew: quiet about unlikely tokens, no density.
    /// </summary>
    Weighted,
}

/// <summary>All laws by name, found by their mark: adding one is adding its file.</summary>
public static class StepLaws
{
    private static readonly IReadOnlyDictionary<string, (Type Type, LawAttribute Mark)> Known = typeof(StepLaw).Assembly
        .GetTypes().Select(t => (Type: t, Mark: t.GetCustomAttribute<LawAttribute>()!)).Where(x => x.Mark is not null)
        .OrderBy(x => x.Mark.Name, StringComparer.Ordinal).ToDictionary(x => x.Mark.Name);

    /// <summary>All names, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Keys];

    /// <summary>A setting's name in a recipe.</summary>
    private static string Key(string setting) => setting switch
    {
        nameof(LawSettings.Tau) => "gumbel_softmax_temperature",
        nameof(LawSettings.NoiseScale) => "noise_factor",
        nameof(LawSettings.Ladder) => "noise_ladder",
        nameof(LawSettings.DiscreteShare) => "discrete_share",
        nameof(LawSettings.Concentration) => "concentration",
        nameof(LawSettings.Sigma) => "noise_sigma",
        nameof(LawSettings.Draws) => "thought_draws",
        nameof(LawSettings.Weights) => "draw_weights",
        nameof(LawSettings.InputBeta) => "input_beta",
        nameof(LawSettings.Neighbors) => "neighbors",
        nameof(LawSettings.NeighborRate) => "neighbor_rate",
        _ => setting,
    };

    /// <summary>The names in a recipe of the settings that a law does not read.</summary>
    /// <exception cref="ArgumentException">There is no law of that name.</exception>
    public static IReadOnlyList<string> Unread(string name) => Known.TryGetValue(name, out var law)
        ? [.. typeof(LawSettings).GetProperties().Select(p => p.Name)
            .Where(n => n != nameof(LawSettings.Reduction) && !law.Mark.Uses.Contains(n)).Select(Key)]
        : throw new ArgumentException($"there is no law '{name}'; laws: {string.Join(", ", Names)}");

    /// <summary>A law by name.</summary>
    /// <exception cref="ArgumentException">
    /// There is none of that name, or it cannot be had with these settings; the message has the remedy.
    /// </exception>
    public static StepLaw Make(string name, LawSettings settings)
    {
        if (!Known.TryGetValue(name, out var law))
            throw new ArgumentException($"there is no law '{name}'; laws: {string.Join(", ", Names)}");
        var unread = typeof(LawSettings).GetProperties().Where(p => p.GetValue(settings) is not null).Select(p => p.Name)
            .Where(n => n != nameof(LawSettings.Reduction) && !law.Mark.Uses.Contains(n)).ToList();
        if (unread.Count > 0)
            throw new ArgumentException($"{string.Join(" and ", unread.Select(Key))} {(unread.Count == 1 ? "does" : "do")} nothing for thinking_law {name}: leave "
                + $"{(unread.Count == 1 ? "it" : "them")} out; it reads "
                + (law.Mark.Uses.Count > 0 ? string.Join(", ", law.Mark.Uses.Select(Key)) : "no setting"));
        try
        {
            var made = (StepLaw)law.Type.GetMethod("From", [typeof(LawSettings)])!.Invoke(null, [settings])!;
            if (settings.Reduction == Reduction.Mean && made is SeparableLaw { HasSeveralTerms: false })
                throw new ArgumentException($"density_reduction mean does nothing for thinking_law {name}, whose components' shares "
                    + "sum to 1 already: leave it out");
            return settings.Reduction is null or Reduction.Sum ? made
                : made is SeparableLaw separable ? new ReducedLaw(separable, settings.Reduction.Value)
                : throw new ArgumentException($"the log-density of thinking_law {name} is no sum over components: "
                    + "leave density_reduction out, or take a law that is, as gumbel-softmax");
        }
        catch (TargetInvocationException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerException!);
            throw;
        }
    }
}
