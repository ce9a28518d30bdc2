using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Softly.Models;
using Softly.Models.Weights;
using Softly.Tokenization;

namespace Softly.Tests.Fuzz;

/// <summary>Small sound inputs, made here.</summary>
internal static class Samples
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyzĠĊ!";

    public static DecoderConfig Shape(string family) => new()
    {
        ModelType = family, VocabularySize = 5, HiddenSize = 4, IntermediateSize = 6, Layers = 1, Heads = 2, KeyValueHeads = 1,
        HeadSize = 2, MaxPositions = 16, QkvBias = family == "qwen2", QkNorm = family == "qwen3", TiedHead = true,
        EndTokens = [1],
        RopeScaling = family == "llama" ? new Llama3RopeScaling(8, 1, 4, 8192) : null,
    };

    public static byte[] SafeTensors(StoredType type, IReadOnlyList<WeightEntry>? entries = null)
    {
        var folder = Directory.CreateTempSubdirectory("softly-fuzz-");
        try
        {
            var path = Path.Combine(folder.FullName, "a.safetensors");
            entries ??= [new("a.weight", type, [2, 3]), new("b", type, []), new("c", StoredType.F64, [1, 1, 2])];
            using (var writer = new SafeTensorsWriter(path, entries))
            {
                foreach (var e in entries) writer.Write(e.Name, new float[e.Elements]);
                writer.Complete();
            }
            return File.ReadAllBytes(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public static byte[] Model(string family) =>
        SafeTensors(StoredType.F16, ParameterLayout.Of(Shape(family)).Entries(StoredType.F16));

    public static byte[] Config(string family) =>
        Encoding.UTF8.GetBytes(new CheckpointConfig(Shape(family), StoredType.F16).ToJson());

    public static byte[] Generation => """{"bos_token_id": 0, "eos_token_id": [1, 2], "pad_token_id": 0}"""u8.ToArray();

    public static byte[] Index => """
        {"metadata": {"total_size": 24}, "weight_map": {"a.weight": "a.safetensors", "b": "a.safetensors", "c": "a.safetensors"}}
        """u8.ToArray();

    public static byte[] Adapter => """
        {"peft_type": "LORA", "r": 8, "lora_alpha": 16, "lora_dropout": 0.0, "bias": "none", "use_rslora": false,
         "target_modules": ["q_proj", "v_proj"], "layers_to_transform": [0, 1], "base_model_name_or_path": "org/name",
         "rank_pattern": {"q_proj": 4}, "modules_to_save": null, "task_type": "CAUSAL_LM"}
        """u8.ToArray();

    public static byte[] WordTokenizer
    {
        get
        {
            var folder = Directory.CreateTempSubdirectory("softly-fuzz-");
            try
            {
                new WordTokenizer(["<pad>", "<end>", "a", "b", "c"]).Save(folder.FullName);
                return File.ReadAllBytes(Path.Combine(folder.FullName, "tokenizer.json"));
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
    }

    /// <summary>Byte-level BPE with a pre-tokenizer of some model.</summary>
    public static byte[] BytePairs(bool pairs, string preTokenizer, string normalizer)
    {
        var vocabulary = Vocabulary().Select((entry, id) => (entry, id)).ToDictionary(e => e.entry, e => e.id);
        var merges = Merges().Select(m => pairs ? (object)new[] { m.Left, m.Right } : $"{m.Left} {m.Right}");
        return Encoding.UTF8.GetBytes($$$"""
            {"version": "1.0", "added_tokens": [{"id": {{{vocabulary.Count}}}, "content": "<s>", "special": true},
              {"id": {{{vocabulary.Count + 1}}}, "content": "<think>", "special": false, "normalized": true, "rstrip": true}],
             "normalizer": {{{normalizer}}},
             "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{{{preTokenizer}}},
               {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]},
             "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
               {"Sequence": {"id": "A", "type_id": 0}}], "special_tokens":
               {"<s>": {"id": "<s>", "ids": [{{{vocabulary.Count}}}]} } },
             "decoder": {"type": "ByteLevel"},
             "model": {"type": "BPE", "ignore_merges": true, "byte_fallback": false, "unk_token": null,
               "vocab": {{{JsonSerializer.Serialize(vocabulary)}}}, "merges": {{{JsonSerializer.Serialize(merges)}}} } }
            """);
    }

    public static string Split(string regex) =>
        $$$"""{"type": "Split", "pattern": {"Regex": {{{JsonSerializer.Serialize(regex)}}} }, "behavior": "Isolated"}""";

    private const string Template = """
        {%- set ns = namespace(n=0) %}{% for m in messages if m.role != 'x' %}{{ loop.index0 }}{{ m['content'] | trim }}
        {%- if not loop.last %},{% endif %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}
        {% macro f(a, b=2) %}{{ a ~ b }}{% endmacro %}{{ f('x') }}
        {% if tools is defined and tools %}{{ tools | tojson(indent=2) }}{% endif %}
        {{ messages[::-1][0].content.split(' ')[-1] }}{{ bos_token * 2 }}
        """;

    public static byte[] TokenizerConfig => Encoding.UTF8.GetBytes($$$"""
        {"bos_token": "<s>", "eos_token": {"content": "<s>", "special": true}, "pad_token": null, "add_bos_token": true,
         "chat_template": [{"name": "default", "template": {{{JsonSerializer.Serialize(Template)}}} },
          {"name": "tool_use", "template": "{{ 1 / 2 }}"}]}
        """);

    /// <summary>An adapter's configuration and weights, for <see cref="Model"/> of <c>qwen2</c> in <c>../base</c>.</summary>
    public static (byte[] Config, byte[] Weights) AdapterFolder
    {
        get
        {
            const string Layer = "base_model.model.model.layers.0.self_attn.";
            return ("""
                {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "bias": "none", "base_model_name_or_path": "../base",
                 "target_modules": ["q_proj", "v_proj"], "rank_pattern": {"v_proj": 1}, "task_type": "CAUSAL_LM"}
                """u8.ToArray(), SafeTensors(StoredType.F32,
                [
                    new(Layer + "q_proj.lora_A.weight", StoredType.F32, [2, 4]),
                    new(Layer + "q_proj.lora_B.weight", StoredType.BF16, [4, 2]),
                    new(Layer + "v_proj.lora_A.weight", StoredType.F32, [1, 4]),
                    new(Layer + "v_proj.lora_B.weight", StoredType.F16, [2, 1]),
                ]));
        }
    }

    /// <summary>A model with its tokenizer in one file, in single precision.</summary>
    public static byte[] Gguf(string family) => Gguf(Shape(family) with { RopeScaling = null }, _ => StoredType.F32);

    /// <summary>
    /// As published files are: matrices in blocks of 256 (Q4_K) where their rows are such, else of 32 (Q8_0), and the divisors of
    /// the rotary frequencies in a tensor of their own.
    /// </summary>
    public static byte[] QuantisedGguf => Gguf(
        Shape("llama") with { HiddenSize = 256, IntermediateSize = 32, HeadSize = 16 },
        shape => shape is not [_, var row] ? StoredType.F32 : row % 256 == 0 ? StoredType.Q4K : StoredType.Q80);

    private static byte[] Gguf(DecoderConfig shape, Func<IReadOnlyList<long>, StoredType> typeOf)
    {
        var family = shape.ModelType;
        var file = new List<byte>();
        var keys = new List<(string Key, Action Value)>
        {
            ("general.architecture", () => Text(file, 8, family)),
            ($"{family}.embedding_length", () => Word(file, 4, (uint)shape.HiddenSize)),
            ($"{family}.block_count", () => Word(file, 4, 1)),
            ($"{family}.feed_forward_length", () => Word(file, 4, (uint)shape.IntermediateSize)),
            ($"{family}.context_length", () => Word(file, 4, 16)),
            ($"{family}.attention.head_count", () => Word(file, 4, 2)),
            ($"{family}.attention.head_count_kv", () => Word(file, 4, 1)),
            ($"{family}.attention.key_length", () => Word(file, 4, (uint)shape.HeadSize)),
            ($"{family}.attention.layer_norm_rms_epsilon", () => Word(file, 6, BitConverter.SingleToUInt32Bits(1e-6f))),
            ($"{family}.rope.freq_base", () => Word(file, 6, BitConverter.SingleToUInt32Bits(10000f))),
            ("tokenizer.ggml.model", () => Text(file, 8, "gpt2")),
            ("tokenizer.ggml.pre", () => Text(file, 8, family == "llama" ? "llama-bpe" : "qwen2")),
            ("tokenizer.ggml.tokens", () => Texts(file, [.. Vocabulary(), "<s>"])),
            ("tokenizer.ggml.merges", () => Texts(file, [.. Merges().Select(m => $"{m.Left} {m.Right}")])),
            ("tokenizer.ggml.token_type", () =>
            {
                Word(file, 9, 5);
                Long(file, (ulong)Vocabulary().Count + 1);
                for (var i = 0; i < Vocabulary().Count; i++) Int(file, 1);
                Int(file, 3);
            }),
            ("tokenizer.ggml.eos_token_id", () => Word(file, 4, (uint)Vocabulary().Count)),
            ("tokenizer.chat_template", () => Text(file, 8, "{% for m in messages %}{{ m.content }}{% endfor %}")),
        };
        var config = shape with { VocabularySize = Vocabulary().Count + 1 };
        var tensors = ParameterLayout.Of(config).Parameters
            .Select(p => (Entry: new WeightEntry(GgufName(p.Name), typeOf(p.Shape), p.Shape), Numbers: Array.Empty<float>()))
            .ToList();
        if (shape.RopeScaling is not null)
        {
            var divisors = RotaryEmbedding.Frequencies(config with { RopeScaling = null })
                .Zip(RotaryEmbedding.Frequencies(config), (plain, scaled) => (float)(plain / scaled)).ToArray();
            tensors.Add((new WeightEntry("rope_freqs.weight", StoredType.F32, [divisors.Length]), divisors));
        }
        file.AddRange("GGUF"u8);
        Int(file, 3);
        Long(file, (ulong)tensors.Count);
        Long(file, (ulong)keys.Count);
        foreach (var (key, value) in keys)
        {
            Name(file, key);
            value();
        }
        var data = new List<byte>();
        foreach (var (entry, numbers) in tensors)
        {
            Name(file, entry.Name);
            Int(file, (uint)entry.Shape.Count);
            foreach (var size in entry.Shape.Reverse()) Long(file, (ulong)size);
            Int(file, entry.Type switch { StoredType.F32 => 0u, StoredType.Q80 => 8, _ => 12 });
            Long(file, (ulong)data.Count);
            data.AddRange(MemoryMarshal.AsBytes<float>(numbers));
            if (numbers.Length == 0)
                data.AddRange(new byte[entry.Elements / entry.Type.BlockSize() * entry.Type.BlockBytes()]);
            while (data.Count % 32 != 0) data.Add(0);
        }
        while (file.Count % 32 != 0) file.Add(0);
        return [.. file, .. data];
    }

    private static string GgufName(string name) => name switch
    {
        "model.embed_tokens.weight" => "token_embd.weight",
        "model.norm.weight" => "output_norm.weight",
        _ => name.Replace("model.layers.", "blk.").Replace("self_attn.q_proj", "attn_q").Replace("self_attn.k_proj", "attn_k")
            .Replace("self_attn.v_proj", "attn_v").Replace("self_attn.o_proj", "attn_output")
            .Replace("self_attn.q_norm", "attn_q_norm").Replace("self_attn.k_norm", "attn_k_norm")
            .Replace("post_attention_layernorm", "ffn_norm").Replace("input_layernorm", "attn_norm")
            .Replace("mlp.gate_proj", "ffn_gate").Replace("mlp.up_proj", "ffn_up").Replace("mlp.down_proj", "ffn_down"),
    };

    private static List<string> Vocabulary() =>
        [.. Alphabet.Select(c => c.ToString()), .. Merges().Select(m => m.Left + m.Right)];

    private static (string Left, string Right)[] Merges() => [("a", "b"), ("ab", "c"), ("Ġ", "t"), ("Ġt", "h"), ("Ġth", "e")];

    private static void Int(List<byte> file, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        file.AddRange(bytes);
    }

    private static void Long(List<byte> file, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        file.AddRange(bytes);
    }

    private static void Word(List<byte> file, uint type, uint value)
    {
        Int(file, type);
        Int(file, value);
    }

    private static void Name(List<byte> file, string text)
    {
        Long(file, (ulong)Encoding.UTF8.GetByteCount(text));
        file.AddRange(Encoding.UTF8.GetBytes(text));
    }

    private static void Text(List<byte> file, uint type, string text)
    {
        Int(file, type);
        Name(file, text);
    }

    private static void Texts(List<byte> file, IReadOnlyList<string> texts)
    {
        Word(file, 9, 8);
        Long(file, (ulong)texts.Count);
        foreach (var text in texts) Name(file, text);
    }
}
