namespace Softly.Models.Weights;

/// <summary>The metadata of a GGUF file as a <see cref="DecoderConfig"/>.</summary>
public static class GgufConfig
{
    private static readonly string[] Supported = ["llama", "qwen2", "qwen3"];

    // Keys that scale or change the computation in relatives of these families.
    private static readonly string[] Unsupported =
    [
        "expert_count", "attention.scale", "attention.clamp_kqv", "attention.max_alibi_bias", "attention.logit_softcapping",
        "final_logit_softcapping", "logit_scale", "embedding_scale", "residual_scale",
        "rope.scale_linear", "attention.sliding_window",
    ];

    /// <summary>The shape and tokens of the model in a file.</summary>
    /// <exception cref="InvalidDataException">Something is missing or not supported; all of it is in the message.</exception>
    public static DecoderConfig Read(GgufFile file)
    {
        var architecture = file.Architecture;
        if (architecture is null || !Supported.Contains(architecture))
            {
            throw Refusal.Of(file.Path, $"metadata key 'general.architecture': {Refusal.Quote(architecture ?? "nothing")} "
                + $"is not supported; {string.Join(", ", Supported)} are");
        }
        return new Reader(file, architecture).Read();
    }

    private sealed class Reader(GgufFile file, string architecture)
    {
        private readonly List<string> _problems = [];

        public DecoderConfig Read()
        {
            RefuseWhatChangesTheComputation();
            var hidden = Size("embedding_length", null);
            var heads = Size("attention.head_count", null);
            var keyValueHeads = Size("attention.head_count_kv", heads);
            if (heads % keyValueHeads != 0)
                Refuse("attention.head_count_kv", $"{keyValueHeads} does not divide the {heads} heads");
            if (!file.Metadata.ContainsKey(Key("attention.key_length")) && hidden % heads != 0)
                Refuse("embedding_length", $"{heads} heads do not divide {hidden}");
            var headSize = Size("attention.key_length", Math.Max(1, hidden / heads));
            if (headSize % 2 != 0) Refuse("attention.key_length", $"rotary positions need an even width, not {headSize}");
            foreach (var same in new[] { "attention.value_length", "rope.dimension_count" })
                if (Size(same, headSize) != headSize) Refuse(same, $"only the width of a key, {headSize}, is supported");
            var embedding = file.Entries.GetValueOrDefault("model.embed_tokens.weight");
            var vocabulary = embedding is { Shape: [> 0 and <= 1 << 24, _] } ? (int)embedding.Shape[0] : Size("vocab_size", null);
            var theta = Real("rope.freq_base", 10000);
            var config = new DecoderConfig
            {
                ModelType = architecture,
                VocabularySize = vocabulary,
                HiddenSize = hidden,
                IntermediateSize = Size("feed_forward_length", null),
                Layers = Size("block_count", null, 10_000),
                Heads = heads,
                KeyValueHeads = keyValueHeads,
                HeadSize = headSize,
                MaxPositions = Size("context_length", null, 1 << 30),
                NormEpsilon = Real("attention.layer_norm_rms_epsilon", null),
                RopeTheta = theta,
                RopeDivisor = LinearDivisor(),
                RopeScaling = Scaling(theta, headSize),
                QkvBias = Holds("model.layers.0.self_attn.q_proj.bias"),
                OutputBias = Holds("model.layers.0.self_attn.o_proj.bias"),
                FeedForwardBias = Holds("model.layers.0.mlp.gate_proj.bias"),
                QkNorm = Holds("model.layers.0.self_attn.q_norm.weight"),
                TiedHead = !Holds("lm_head.weight"),
                BeginToken = Token("tokenizer.ggml.bos_token_id"),
                EndTokens =
                [
                    .. new[] { "eos", "eot", "eom" }.Select(end => Token($"tokenizer.ggml.{end}_token_id")).OfType<int>()
                        .Distinct(),
                ],
                PadToken = Token("tokenizer.ggml.padding_token_id"),
            };
            if (_problems.Count > 0) throw Refusal.Of(file.Path, "the model cannot be used", _problems);
            return config;
        }

        private void RefuseWhatChangesTheComputation()
        {
            foreach (var name in Unsupported)
                if (file.Metadata.ContainsKey(Key(name)) && file.Number(Key(name)) != 0)
                    Refuse(name, "is not supported; leave it out");
            if (file.Metadata.TryGetValue(Key("attention.causal"), out var causal) && causal is not true)
                Refuse("attention.causal", "only true is supported");
            if (file.Metadata.TryGetValue(Key("rope.scaling.type"), out var kind) && kind is not ("none" or "linear"))
            {
                Refuse("rope.scaling.type", $"{Refusal.Quote(kind as string ?? "no text")} is not supported; "
                    + "'none', 'linear', and the llama3 form in rope_freqs.weight, are");
            }
            if (file.Number("split.count") is > 1 and var parts)
                _problems.Add($"split.count: the file is one of {parts} parts; only files in one part are supported");
        }

        // As in llama.cpp, a factor without a type is linear.
        private double LinearDivisor() =>
            file.Metadata.TryGetValue(Key("rope.scaling.type"), out var kind) && kind is not "linear"
                ? 1
                : Real("rope.scaling.factor", kind is null ? 1 : null);

        // A file has the llama3 scaling only as the divisors that follow from it. The published models of that form share all
        // but the factor, which is the largest divisor, and files of our own say the rest; whether it fits is checked divisor by
        // divisor.
        private Llama3RopeScaling? Scaling(double theta, int headSize)
        {
            if (file.RopeFactors is not { } factors || factors.All(factor => factor == 1)) return null;
            var scaling = file.Metadata.TryGetValue(GgufExport.RopeKey, out var given)
                && given is double[] and [var factor, var low, var high, >= 1 and <= int.MaxValue and var original] && high > low
                ? new Llama3RopeScaling(factor, low, high, (int)original)
                : new Llama3RopeScaling(Shortest(factors.Max()), 1, 4, 8192);
            var same = factors.Length == headSize / 2;
            for (var i = 0; same && i < factors.Length; i++)
            {
                var expected = Divisor(scaling, 2 * Math.PI * Math.Pow(theta, 2.0 * i / headSize));
                same = Math.Abs(factors[i] - expected) <= 1e-4 * expected;
            }
            if (same) return scaling;
            _problems.Add(
                "rope_freqs.weight: only 'llama3' scaling with factors 1 and 4 and an original length of 8192 is supported");
            return null;
        }

        private static double Divisor(Llama3RopeScaling scaling, double waveLength)
        {
            var turns = scaling.OriginalPositions / waveLength;
            if (turns < scaling.LowFrequencyFactor) return scaling.Factor;
            if (turns > scaling.HighFrequencyFactor) return 1;
            var smooth = (turns - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
            return 1 / ((1 - smooth) / scaling.Factor + smooth);
        }

        private string Key(string name) => $"{architecture}.{name}";

        private bool Holds(string parameter) => file.Entries.ContainsKey(parameter);

        private void Refuse(string name, string what) => _problems.Add($"{Key(name)}: {what}");

        private int Size(string name, int? otherwise, int most = 1 << 24)
        {
            var there = file.Metadata.ContainsKey(Key(name));
            var number = there ? file.Number(Key(name)) : otherwise;
            if (number >= 1 && number <= most) return (int)number;
            Refuse(name, there ? $"one whole number from 1 to {most} is expected" : "is missing");
            return 1;
        }

        private double Real(string name, double? otherwise)
        {
            var number = file.Metadata.TryGetValue(Key(name), out var value) ? value switch
            {
                float single => Shortest(single),
                double real => real,
                _ => file.Number(Key(name)),
            } : otherwise;
            if (number > 0 && double.IsFinite(number.Value)) return number.Value;
            Refuse(name, value is null ? "is missing" : "a number above 0 is expected");
            return 1;
        }

        private int? Token(string key)
        {
            if (!file.Metadata.ContainsKey(key)) return null;
            if (file.Number(key) is >= 0 and <= int.MaxValue and var token) return (int)token;
            _problems.Add($"{key}: a token id is expected");
            return null;
        }

        // The double a writer most likely rounded: 1e-5 for the single 9.99999974e-6.
        private static double Shortest(float number) => double.Parse(number.ToString("R"));
    }
}
