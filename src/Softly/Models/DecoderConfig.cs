using System.Text.Json.Serialization;

namespace Softly.Models;

/// <summary>How far rotary positions are stretched, as in Llama 3.1 and later.</summary>
/// <param name="Factor">By how much low frequencies are slowed.</param>
/// <param name="LowFrequencyFactor">Wave lengths above original length / this are slowed fully.</param>
/// <param name="HighFrequencyFactor">Wave lengths below original length / this are left alone; between the two, a blend.</param>
/// <param name="OriginalPositions">The context length before stretching.</param>
public sealed record Llama3RopeScaling(
    double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalPositions);

/// <summary>
/// The shape of a decoder of the Llama and Qwen families: pre-norm (RMSNorm), rotary positions, grouped-query attention and a
/// gated feed-forward (SwiGLU). Families differ by these fields, not by classes.
/// </summary>
public sealed record DecoderConfig
{
    /// <summary>
    /// <c>model_type</c> of Hugging Face: <c>llama</c>, <c>qwen2</c> or <c>qwen3</c>. Only names the family when saved.
    /// </summary>
    public string ModelType { get; init; } = "llama";

    /// <summary>V: how many tokens the embedding has.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>D: the width of a position.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>The width inside the feed-forward.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>How many layers.</summary>
    public required int Layers { get; init; }

    /// <summary>H: query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Hkv: key-value heads; each serves Heads / KeyValueHeads query heads.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Width of one head; Heads · HeadSize need not equal HiddenSize.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Longest context.</summary>
    public int MaxPositions { get; init; } = 2048;

    /// <summary>ε inside the root of RMSNorm.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Base of the rotary angles.</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>Stretching of the rotary angles; null for none.</summary>
    public Llama3RopeScaling? RopeScaling { get; init; }

    /// <summary>Positions are divided by this before they become angles (<c>linear</c> scaling); 1 for none.</summary>
    public double RopeDivisor { get; init; } = 1;

    /// <summary>Biases on the projections of queries, keys and values.</summary>
    public bool QkvBias { get; init; }

    /// <summary>A bias on attention's output projection.</summary>
    public bool OutputBias { get; init; }

    /// <summary>Biases in the feed-forward.</summary>
    public bool FeedForwardBias { get; init; }

    /// <summary>RMSNorm on every head's queries and keys (Qwen3).</summary>
    public bool QkNorm { get; init; }

    /// <summary>The output head is the embedding.</summary>
    public bool TiedHead { get; init; } = true;

    /// <summary>The token put in front of texts, if any.</summary>
    public int? BeginToken { get; init; }

    /// <summary>The tokens that end a text.</summary>
    public IReadOnlyList<int> EndTokens { get; init; } = [];

    /// <summary>The token that fills unused positions, if any.</summary>
    public int? PadToken { get; init; }

    /// <summary>
    /// Fields of the config.json it was read from that say nothing about the computation, as the text of a JSON object: they are
    /// written again when the model is saved. Null where there are none.
    /// </summary>
    [JsonIgnore]
    public string? Further { get; init; }
}
