using System.Text.Json;

namespace Softly.Runs;

/// <summary>What one part of an evaluation came to: a benchmark, answered in one mode. Intervals are over problems.</summary>
public sealed record PartSummary
{
    /// <summary>The benchmark's or task's name.</summary>
    public required string Benchmark { get; init; }

    /// <summary>How answers were drawn: <c>discrete</c>, <c>soft</c>, <c>soft-noise</c> or a name of one's own.</summary>
    public required string Mode { get; init; }

    /// <summary>How many problems.</summary>
    public required int Problems { get; init; }

    /// <summary>n: answers to each.</summary>
    public required int Samples { get; init; }

    /// <summary>Unbiased pass@k (Chen et al., arXiv 2107.03374), with what guessing gives where it is known.</summary>
    public required IReadOnlyList<PassAt> PassAtK { get; init; }

    /// <summary>Whether one of the first k is right: what the SofT-GRPO paper prints as pass@k.</summary>
    public required IReadOnlyList<PassAt> FirstK { get; init; }

    /// <summary>Whether the vote of k answers is right, over the choices of k; verified-equal answers vote together.</summary>
    public required IReadOnlyList<PassAt> MajorityAtK { get; init; }

    /// <summary>mean@n: the mean score of all answers.</summary>
    public required Estimate Mean { get; init; }

    /// <summary>Answers by what became of them, such as <c>right</c>, <c>no_answer</c>, <c>failed</c>.</summary>
    public required IReadOnlyDictionary<string, int> Verdicts { get; init; }

    /// <summary>Quantities of answers by name (<c>tokens</c>, <c>truncated</c>, <c>distinct_answers</c>, …).</summary>
    public required IReadOnlyDictionary<string, Estimate> Quantities { get; init; }

    /// <summary>Answers that no verdict was given to, because the verifier itself failed. They are left out of every estimate.</summary>
    public int Failed => Verdicts.GetValueOrDefault("failed");

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("benchmark", Benchmark);
        json.WriteString("mode", Mode);
        json.WriteNumber("problems", Problems);
        json.WriteNumber("samples", Samples);
        WriteCurve(json, "pass_at_k", PassAtK);
        WriteCurve(json, "first_k", FirstK);
        WriteCurve(json, "maj_at_k", MajorityAtK);
        WriteEstimate(json, "mean", Mean);
        json.WriteStartObject("verdicts");
        foreach (var (name, count) in Verdicts) json.WriteNumber(name, count);
        json.WriteEndObject();
        json.WriteStartObject("quantities");
        foreach (var (name, value) in Quantities) WriteEstimate(json, name, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteCurve(Utf8JsonWriter json, string name, IReadOnlyList<PassAt> curve)
    {
        json.WriteStartArray(name);
        foreach (var (k, share, guess) in curve)
        {
            json.WriteStartObject();
            json.WriteNumber("k", k);
            WriteBounds(json, share);
            if (guess is { } chance) json.WriteNumberOrNull("guess", chance);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    internal static void WriteEstimate(Utf8JsonWriter json, string name, Estimate value)
    {
        json.WriteStartObject(name);
        WriteBounds(json, value);
        json.WriteEndObject();
    }

    private static void WriteBounds(Utf8JsonWriter json, Estimate value)
    {
        json.WriteNumberOrNull("estimate", value.Value);
        json.WriteNumberOrNull("low", value.Low);
        json.WriteNumberOrNull("high", value.High);
    }
}
