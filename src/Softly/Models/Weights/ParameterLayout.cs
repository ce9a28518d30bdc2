namespace Softly.Models.Weights;

/// <summary>A parameter that a model must have.</summary>
/// <param name="Name">Its Hugging Face name.</param>
/// <param name="Shape">Its shape, outermost dimension first.</param>
public sealed record ParameterShape(string Name, IReadOnlyList<long> Shape)
{
    /// <summary>How many numbers it holds.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => product * size);
}

/// <summary>
/// The parameters a configuration asks for, in the model's order, to check a checkpoint completely before anything is allocated.
/// </summary>
public sealed class ParameterLayout
{
    private readonly bool _tied;

    private ParameterLayout(DecoderConfig config)
    {
        _tied = config.TiedHead;
        Parameters = [.. List(config)];
    }

    /// <summary>Every parameter once; a tied head is the embedding.</summary>
    public IReadOnlyList<ParameterShape> Parameters { get; }

    /// <summary>How many numbers all parameters hold.</summary>
    public long TotalElements => Parameters.Sum(parameter => parameter.Elements);

    /// <summary>The layout of a configuration.</summary>
    public static ParameterLayout Of(DecoderConfig config) => new(config);

    /// <summary>Throws where a checkpoint does not hold exactly these parameters.</summary>
    /// <exception cref="InvalidDataException">
    /// Parameters are missing, unexpected or of another shape; all are in the message.
    /// </exception>
    public void Check(IWeightFile file)
    {
        var problems = Problems(file.Entries);
        if (problems.Count > 0)
            throw Refusal.Of(file.Path, $"the weights do not fit the configuration ({(problems.Count == 1 ? "one difference" : $"{problems.Count} differences")})", problems);
    }

    /// <summary>
    /// What is missing, unexpected or of another shape, one line each. Stored rotary tables are ignored, and so is a separate
    /// head where the configuration ties it to the embedding, as in transformers.
    /// </summary>
    public IReadOnlyList<string> Problems(IReadOnlyDictionary<string, WeightEntry> entries)
    {
        var problems = new List<string>();
        var known = new HashSet<string>();
        foreach (var parameter in Parameters)
        {
            known.Add(parameter.Name);
            var shape = $"({string.Join(", ", parameter.Shape)})";
            if (!entries.TryGetValue(parameter.Name, out var entry))
                problems.Add($"{parameter.Name} of shape {shape} is missing");
            else if (!entry.Shape.SequenceEqual(parameter.Shape))
                problems.Add($"{parameter.Name} has shape {entry.ShapeText}, {shape} is expected");
            else if (!entry.Type.IsFloating())
                problems.Add($"{parameter.Name} is stored as {entry.Type.Label()}, floating-point numbers are expected");
        }
        foreach (var entry in entries.Values)
        {
            if (!known.Contains(entry.Name) && !IsIgnored(entry.Name))
                problems.Add($"{Refusal.Quote(entry.Name)} of shape {entry.ShapeText} is unexpected");
        }
        return problems;
    }

    /// <summary>The entries of a checkpoint that stores every parameter as one type.</summary>
    public IReadOnlyList<WeightEntry> Entries(StoredType type) =>
        [.. Parameters.Select(parameter => new WeightEntry(parameter.Name, type, parameter.Shape))];

    private bool IsIgnored(string name) =>
        name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal) || (_tied && name == "lm_head.weight");

    private static IEnumerable<ParameterShape> List(DecoderConfig c)
    {
        long d = c.HiddenSize, f = c.IntermediateSize, q = (long)c.Heads * c.HeadSize, kv = (long)c.KeyValueHeads * c.HeadSize;
        yield return new("model.embed_tokens.weight", [c.VocabularySize, d]);
        for (var i = 0; i < c.Layers; i++)
        {
            var at = $"model.layers.{i}.";
            yield return new(at + "input_layernorm.weight", [d]);
            foreach (var (name, rows) in new[] { ("q", q), ("k", kv), ("v", kv) })
            {
                yield return new($"{at}self_attn.{name}_proj.weight", [rows, d]);
                if (c.QkvBias) yield return new($"{at}self_attn.{name}_proj.bias", [rows]);
            }
            if (c.QkNorm)
            {
                yield return new(at + "self_attn.q_norm.weight", [c.HeadSize]);
                yield return new(at + "self_attn.k_norm.weight", [c.HeadSize]);
            }
            yield return new(at + "self_attn.o_proj.weight", [d, q]);
            if (c.OutputBias) yield return new(at + "self_attn.o_proj.bias", [d]);
            yield return new(at + "post_attention_layernorm.weight", [d]);
            foreach (var (name, rows, columns) in new[] { ("gate", f, d), ("up", f, d), ("down", d, f) })
            {
                yield return new($"{at}mlp.{name}_proj.weight", [rows, columns]);
                if (c.FeedForwardBias) yield return new($"{at}mlp.{name}_proj.bias", [rows]);
            }
        }
        yield return new("model.norm.weight", [d]);
        if (!c.TiedHead) yield return new("lm_head.weight", [c.VocabularySize, d]);
    }
}
