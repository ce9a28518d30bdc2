namespace Softly.Sampling;

/// <summary>
/// One thought in plain memory, for the row form of a law: what a <see cref="ThoughtRecord"/> has of one row, and the mixture.
/// The filter's kept slots come first.
/// </summary>
/// <param name="ids">K stored tokens.</param>
/// <param name="kept">K: the slots that can be drawn.</param>
/// <param name="logP">K: log-probabilities renormalised over the kept slots; −∞ elsewhere.</param>
/// <param name="values">K: what the law draws; it fills all.</param>
/// <param name="weights">K: what is fed next; it fills all.</param>
public readonly ref struct ThoughtRow(
    Span<long> ids, Span<bool> kept, Span<float> logP, Span<float> values, Span<float> weights)
{
    /// <summary>K stored tokens. A law may put others into slots that the filter left closed.</summary>
    public Span<long> Ids { get; } = ids;

    /// <summary>K: the slots that can be drawn, and are scored.</summary>
    public Span<bool> Kept { get; } = kept;

    /// <summary>K: log-probabilities under the policy that draws; −∞ in slots without any.</summary>
    public Span<float> LogP { get; } = logP;

    /// <summary>K: what the law drew.</summary>
    public Span<float> Values { get; } = values;

    /// <summary>K: the mixture.</summary>
    public Span<float> Weights { get; } = weights;

    /// <summary>The number of its rollout in its group, for laws that draw by it.</summary>
    public long Member { get; init; }

    /// <summary>k: how many slots are kept.</summary>
    public int Count => Kept.Count(true);
}

/// <summary>What the row forms of several laws compute.</summary>
internal static class RowMath
{
    /// <summary>Standard Gumbel noise from a uniform number, in double as in the tensor form.</summary>
    public static float Gumbel(double uniform) => (float)-Math.Log(-Math.Log(uniform));

    /// <summary>The slot of the largest value, the first of equal ones.</summary>
    public static int Largest(ReadOnlySpan<float> values)
    {
        var at = 0;
        for (var i = 1; i < values.Length; i++)
            if (values[i] > values[at]) at = i;
        return at;
    }

    /// <summary>1 at one slot, 0 elsewhere.</summary>
    public static void OneHot(Span<float> weights, int slot)
    {
        weights.Clear();
        weights[slot] = 1;
    }

    /// <summary>softmax(values · scale); −∞ gives 0.</summary>
    public static void Softmax(ReadOnlySpan<float> values, float scale, Span<float> weights)
    {
        var top = values[Largest(values)] * scale;
        var sum = 0f;
        for (var i = 0; i < values.Length; i++) sum += weights[i] = MathF.Exp((values[i] * scale) - top);
        for (var i = 0; i < weights.Length; i++) weights[i] /= sum;
    }

    /// <summary>log softmax in place; −∞ stays −∞.</summary>
    public static void LogSoftmax(Span<float> values)
    {
        var top = values[Largest(values)];
        var sum = 0.0;
        foreach (var value in values) sum += MathF.Exp(value - top);
        var log = (float)Math.Log(sum);
        for (var i = 0; i < values.Length; i++) values[i] = values[i] - top - log;
    }
}
