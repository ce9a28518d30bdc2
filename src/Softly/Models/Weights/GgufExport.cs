namespace Softly.Models.Weights;

/// <summary>
/// Writes a model from any source of weights as a GGUF file, without loading it, in the layout that llama.cpp reads: vectors in
/// single precision, the rows of queries and keys interleaved for the architecture <c>llama</c>, a tied head left out.
/// </summary>
public static class GgufExport
{
    /// <summary>
    /// A key of our own with what the rotary divisors of Llama 3 follow from (factor, low and high frequency factor, original
    /// length): the format itself has the divisors only. Other software skips it.
    /// </summary>
    internal const string RopeKey = "softly.rope.llama3";

    /// <summary>Writes the file; it takes its place only when it is whole.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="config">The model's shape and tokens.</param>
    /// <param name="source">
    /// Every parameter of the configuration's <see cref="ParameterLayout"/>, by its Hugging Face name.
    /// </param>
    /// <param name="tokenizer">
    /// Keys of the tokenizer and its chat template, as <c>Tokenizer.ToGguf</c> gives them. Where they name no token that begins,
    /// ends or fills texts, the configuration's are written.
    /// </param>
    /// <param name="type">
    /// How matrices are stored: F32, F16, BF16, Q8_0, Q5_1, Q5_0, Q4_1 or Q4_0. Where a row is no multiple of 32, F16 takes the
    /// place of the quantised types.
    /// </param>
    /// <param name="name">The model's name for people; null for none.</param>
    /// <param name="notes">Takes what the file does not hold as it was asked for, in clauses for people; null for nobody.</param>
    /// <param name="progress">Hears how many numbers were written so far.</param>
    /// <param name="cancel">Stops between two pieces, leaving what was there.</param>
    /// <exception cref="InvalidDataException">A number has no place in the type.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static void Write(
        string path, DecoderConfig config, IWeightFile source, IReadOnlyDictionary<string, object> tokenizer, StoredType type,
        string? name = null, List<string>? notes = null, Action<long>? progress = null, CancellationToken cancel = default)
    {
        var targets = ParameterLayout.Of(config).Parameters
            .Select(p => new WeightEntry(p.Name, TypeOf(p, type), p.Shape)).ToList();
        var entries = targets.Select(t => t with { Name = GgufNames.FromHuggingFace(t.Name) }).ToList();
        var wider = targets.Where(t => t.Shape.Count > 1 && t.Type != type).ToList();
        if (wider.Count > 0)
            notes?.Add($"{wider.Count} of {targets.Count(t => t.Shape.Count > 1)} matrices, such as {wider[0].Name}, are F16: "
                + $"their rows of {wider[0].Shape[^1]} are no multiple of {type.Label()}'s {type.BlockSize()}");
        var divisors = Divisors(config);
        if (divisors is not null) entries.Insert(0, new WeightEntry(GgufNames.RopeFactors, StoredType.F32, [divisors.Length]));
        using var writer = new GgufWriter(path, Metadata(config, tokenizer, type, name, notes), entries);
        if (divisors is not null) writer.Write(GgufNames.RopeFactors, divisors);
        WeightCopy.Run(
            config.ModelType == "llama" ? new InterleavedHeads(source, config) : source, targets,
            (parameter, numbers) => writer.Write(GgufNames.FromHuggingFace(parameter), numbers), progress, cancel);
        writer.Complete();
    }

    private static StoredType TypeOf(ParameterShape parameter, StoredType type) =>
        parameter.Shape.Count < 2 ? StoredType.F32
        : parameter.Shape[^1] % type.BlockSize() != 0 ? StoredType.F16
        : type;

    private static Dictionary<string, object> Metadata(
        DecoderConfig c, IReadOnlyDictionary<string, object> tokenizer, StoredType type, string? name, List<string>? notes)
    {
        var all = new Dictionary<string, object>
        {
            ["general.architecture"] = c.ModelType,
            ["general.type"] = "model",
        };
        if (name is not null) all["general.name"] = name;
        all["general.file_type"] = FileType(type);
        if (type.BlockSize() > 1) all["general.quantization_version"] = 2u;

        void Put(string key, object value) => all[$"{c.ModelType}.{key}"] = value;
        Put("vocab_size", (uint)c.VocabularySize);
        Put("context_length", (uint)c.MaxPositions);
        Put("embedding_length", (uint)c.HiddenSize);
        Put("block_count", (uint)c.Layers);
        Put("feed_forward_length", (uint)c.IntermediateSize);
        Put("attention.head_count", (uint)c.Heads);
        Put("attention.head_count_kv", (uint)c.KeyValueHeads);
        Put("attention.key_length", (uint)c.HeadSize);
        Put("attention.value_length", (uint)c.HeadSize);
        Put("attention.layer_norm_rms_epsilon", (float)c.NormEpsilon);
        Put("rope.dimension_count", (uint)c.HeadSize);
        Put("rope.freq_base", (float)c.RopeTheta);
        if (c.RopeDivisor != 1)
        {
            Put("rope.scaling.type", "linear");
            Put("rope.scaling.factor", (float)c.RopeDivisor);
        }
        if (c.RopeScaling is { } s)
            all[RopeKey] = new[] { s.Factor, s.LowFrequencyFactor, s.HighFrequencyFactor, s.OriginalPositions };
        foreach (var (key, value) in tokenizer) all[key] = value;
        AddTokens(all, c, notes);
        return all;
    }

    /// <summary>
    /// The configuration's tokens, where the tokenizer names none. Those without a row can be neither read nor drawn.
    /// </summary>
    private static void AddTokens(Dictionary<string, object> all, DecoderConfig c, List<string>? notes)
    {
        if (!all.ContainsKey(GgufTokens.Ends[0]))
        {
            List<int> ends = [.. c.EndTokens.Where(HasRow)];
            foreach (var (key, id) in GgufTokens.Ends.Zip(ends)) all[key] = (uint)id;
            if (GgufTokens.TooMany(ends.Count) is { } note) notes?.Add(note);
        }
        Put(GgufTokens.Begin, c.BeginToken);
        Put(GgufTokens.Pad, c.PadToken);

        void Put(string key, int? token)
        {
            if (token is { } id && HasRow(id)) all.TryAdd(key, (uint)id);
        }

        bool HasRow(int id) => id < c.VocabularySize;
    }

    /// <summary>llama.cpp's number for what most of a file is stored as.</summary>
    private static uint FileType(StoredType type) => type switch
    {
        StoredType.F32 => 0,
        StoredType.F16 => 1,
        StoredType.Q40 => 2,
        StoredType.Q41 => 3,
        StoredType.Q80 => 7,
        StoredType.Q50 => 8,
        StoredType.Q51 => 9,
        StoredType.BF16 => 32,
        _ => throw new ArgumentException(
            $"{type.Label()} is not written to GGUF; F32, F16, BF16, Q8_0, Q5_1, Q5_0, Q4_1 and Q4_0 are"),
    };

    /// <summary>By how much each rotary frequency is divided, (d/2); null where none is.</summary>
    private static float[]? Divisors(DecoderConfig config)
    {
        if (config.RopeScaling is null) return null;
        var plain = RotaryEmbedding.Frequencies(config with { RopeScaling = null });
        return [.. RotaryEmbedding.Frequencies(config).Zip(plain, (scaled, full) => (float)(full / scaled))];
    }

    /// <summary>
    /// Queries and keys in GGUF's order of rows: it turns neighbours where Hugging Face turns the two halves of a head.
    /// </summary>
    private sealed class InterleavedHeads(IWeightFile source, DecoderConfig config) : IWeightFile
    {
        public string Path => source.Path;

        public IReadOnlyDictionary<string, WeightEntry> Entries => source.Entries;

        public void Read(string name, long firstRow, int rowCount, Span<float> into)
        {
            if (!name.Contains(".self_attn.q_proj.", StringComparison.Ordinal)
                && !name.Contains(".self_attn.k_proj.", StringComparison.Ordinal))
            {
                source.Read(name, firstRow, rowCount, into);
                return;
            }
            var rowSize = rowCount == 0 ? 0 : into.Length / rowCount;
            for (var row = 0; row < rowCount; row++)
            {
                var (head, within) = Math.DivRem(firstRow + row, config.HeadSize);
                var (j, half) = Math.DivRem(within, 2);
                source.Read(
                    name, head * config.HeadSize + half * (config.HeadSize / 2) + j, 1, into.Slice(row * rowSize, rowSize));
            }
        }

        public void Read(string name, Span<float> into) => WeightReading.ReadAll(this, name, into);

        public void ReadDoubles(string name, Span<double> into) => WeightReading.ReadDoubles(this, name, into);

        public void Dispose() { }
    }
}
