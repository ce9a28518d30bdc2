using Softly.Algorithms.Terms;

namespace Softly.Algorithms;

/// <summary>
/// TRL's word for a surrogate and how its steps add up, and verl's for the latter. Naming one changes those members of a method's
/// loss, and bounds only where they would mean something else.
/// </summary>
public static class LossTypes
{
    private sealed record Kind(
        Surrogate Surrogate, Aggregation Aggregation, double Low = 0.2, double High = 0.2, RatioLevel? Level = null);

    private static readonly IReadOnlyDictionary<string, Kind> Known = new Dictionary<string, Kind>
    {
        ["grpo"] = new(Surrogate.Clip, Aggregation.SequenceMean),
        ["dapo"] = new(Surrogate.Clip, Aggregation.TokenMean),
        ["bnpo"] = new(Surrogate.Clip, Aggregation.TokenMean), // the local batch is the update here
        ["dr_grpo"] = new(Surrogate.Clip, Aggregation.Constant),
        ["luspo"] = new(Surrogate.Clip, Aggregation.SequenceSum, Level: RatioLevel.Sequence),
        ["cispo"] = new(Surrogate.Cispo, Aggregation.TokenMean, High: 5),
        ["cispo-band"] = new(Surrogate.CispoBand, Aggregation.TokenMean),
        ["sapo"] = new(Surrogate.Sapo, Aggregation.SequenceMean),
        ["vespo"] = new(Surrogate.Vespo, Aggregation.TokenMean),
        ["gmpo"] = new(Surrogate.GeometricMean, Aggregation.SequenceMean, 0.4, 0.4),
        ["reinforce"] = new(Surrogate.Reinforce, Aggregation.TokenMean),
    };

    private static readonly Dictionary<string, Aggregation> Modes = new Dictionary<string, Aggregation>
    {
        ["token-mean"] = Aggregation.TokenMean,
        ["seq-mean-token-mean"] = Aggregation.SequenceMean,
        ["seq-mean-token-sum"] = Aggregation.SequenceSum,
        ["seq-mean-token-sum-norm"] = Aggregation.Constant,
    };

    /// <summary>All names of loss types.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Keys];

    /// <summary>An aggregation by verl's name.</summary>
    public static Aggregation Mode(string name) => Modes[name];

    /// <summary>A loss with another surrogate and aggregation.</summary>
    /// <param name="loss">The method's.</param>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public static LossOptions Apply(LossOptions loss, string name)
    {
        var kind = Known[name];
        var same = kind.Surrogate == loss.Surrogate; // ε means something else in every surrogate
        var levelled = kind.Surrogate is not (Surrogate.Vespo or Surrogate.GeometricMean or Surrogate.Reinforce);
        return loss with
        {
            Surrogate = kind.Surrogate,
            Aggregation = kind.Aggregation,
            EpsilonLow = same ? loss.EpsilonLow : kind.Low,
            EpsilonHigh = same ? loss.EpsilonHigh : kind.High,
            DualClip = kind.Surrogate == Surrogate.Clip ? loss.DualClip : null,
            Level = kind.Level ?? (levelled ? loss.Level : RatioLevel.Step),
        };
    }
}
