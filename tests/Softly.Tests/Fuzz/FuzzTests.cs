using System.Text;
using Softly.Models;
using Softly.Models.Weights;
using Softly.Tasks;
using Softly.Tokenization;

namespace Softly.Tests.Fuzz;

/// <summary>
/// Damaged files of every kind that is read, 141,000 together, always the same ones. More with SOFTLY_FUZZ=10, which makes ten
/// times as many.
/// </summary>
[Trait("Weight", "Story")]
public sealed class FuzzTests : IDisposable
{
    private const string Qwen = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
        + @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly Message[] Talk = [new("user", "ab  the\u0301 𝒳 <think>"), new("x", "12")];

    // Weights are read by mapping files: memory that is a file system, where there is one.
    private readonly string _folder = Directory.CreateDirectory(Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"softly-fuzz-{Guid.NewGuid():N}")).FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Safetensors() => Fuzzing.Run(
        [Samples.SafeTensors(StoredType.F32), Samples.SafeTensors(StoredType.BF16), Samples.Model("qwen2")], 30_000, bytes =>
        {
            using var file = new SafeTensorsFile(Write("a.safetensors", bytes));
            ReadAll(file);
            return null;
        }, isText: true, allowance: 1 << 18, perByte: 64);

    [Fact]
    public void Gguf_files_with_their_configuration_and_tokenizer() => Fuzzing.Run(
        [Samples.Gguf("llama"), Samples.Gguf("qwen2")], 25_000, bytes =>
        {
            using var weights = PretrainedWeights.Open(Write("a.gguf", bytes));
            ReadAll(weights.File);
            return Use(TokenizerLoader.FromGguf(((GgufFile)weights.File).Metadata));
        }, isText: false, allowance: 1 << 20, perByte: 1000);

    /// <summary>Longer than the others, so that damage hits numbers more often than names.</summary>
    [Fact]
    public void Gguf_files_with_quantised_tensors() => Fuzzing.Run([Samples.QuantisedGguf], 8_000, bytes =>
    {
        using var weights = PretrainedWeights.Open(Write("a.gguf", bytes));
        ReadAll(weights.File);
        return Use(TokenizerLoader.FromGguf(((GgufFile)weights.File).Metadata));
    }, isText: false, allowance: 1 << 20, perByte: 1000);

    [Fact]
    public void Tokenizer_json() => Fuzzing.Run(
        [
            Samples.WordTokenizer, Samples.BytePairs(true, Samples.Split(Qwen), """{"type": "NFC"}"""),
            Samples.BytePairs(false, Samples.Split(@"\w+|[^\w\s]+|\s+"), """{"type": "Sequence", "normalizers": []}"""),
            Samples.BytePairs(false, """{"type": "Digits", "individual_digits": true}""", "null"),
        ], 25_000, bytes => Use(Tokenizer(("tokenizer.json", bytes))), isText: true, allowance: 2 << 20, perByte: 1000);

    [Fact]
    public void Tokenizer_config_json_with_its_template() => Fuzzing.Run(
        [Samples.TokenizerConfig], 15_000, bytes => Use(Tokenizer(
            ("tokenizer.json", Samples.BytePairs(true, Samples.Split(Qwen), "null")), ("tokenizer_config.json", bytes))),
        isText: true, allowance: 2 << 20, perByte: 2000);

    [Fact]
    public void Config_json_and_the_weights_it_asks_for()
    {
        Write("model.safetensors", Samples.Model("qwen2"));
        Fuzzing.Run([Samples.Config("qwen2")], 8_000, bytes =>
        {
            Write("config.json", bytes);
            using var weights = PretrainedWeights.Open(_folder);
            return null;
        }, isText: true, allowance: 1 << 20, perByte: 200);
        Fuzzing.Run(
            [Samples.Config("llama"), Samples.Config("qwen3"), Samples.Config("qwen2")], 4_000,
            bytes =>
            {
                CheckpointConfig.Parse(Encoding.UTF8.GetString(bytes));
                return null;
            }, isText: true, allowance: 1 << 18, perByte: 200);
    }

    [Fact]
    public void Generation_config_json()
    {
        Write("config.json", Samples.Config("qwen2"));
        Fuzzing.Run([Samples.Generation], 2_000, bytes =>
        {
            Write("generation_config.json", bytes);
            CheckpointConfig.Read(_folder);
            return null;
        }, isText: true, allowance: 1 << 18, perByte: 400);
    }

    [Fact]
    public void Index_json_of_shards()
    {
        Write("a.safetensors", Samples.SafeTensors(StoredType.F32));
        Fuzzing.Run([Samples.Index], 6_000, bytes =>
        {
            Write("model.safetensors.index.json", bytes);
            using var folder = new CheckpointFolder(_folder);
            return null;
        }, isText: true, allowance: 1 << 18, perByte: 400);
    }

    [Fact]
    public void The_fields_of_an_adapter() => Fuzzing.Run([Samples.Adapter], 6_000, bytes =>
    {
        var options = AdapterConfig.Parse(Encoding.UTF8.GetString(bytes)).Options;
        Assert.NotNull(options.Problems(Small).ToList());
        return null;
    }, isText: true, allowance: 1 << 20, perByte: 1000);

    /// <summary>The folder of an adapter, whose files are damaged in turn, read as the model that it changes.</summary>
    [Fact]
    public void An_adapter_and_the_model_that_it_changes()
    {
        foreach (var folder in new[] { "base", "adapter" }) Directory.CreateDirectory(Path.Combine(_folder, folder));
        Write("base/config.json", Samples.Config("qwen2"));
        Write("base/model.safetensors", Samples.Model("qwen2"));
        var (config, weights) = Samples.AdapterFolder;
        Write("adapter/adapter_config.json", config);
        Fuzzing.Run([weights], 6_000, bytes => Merged("adapter_model.safetensors", bytes),
            isText: true, allowance: 1 << 20, perByte: 200);
        Write("adapter/adapter_model.safetensors", weights);
        // Half a megabyte for each pattern of maps' names, and some damage makes a dozen of them.
        Fuzzing.Run([config], 6_000, bytes => Merged("adapter_config.json", bytes),
            isText: true, allowance: 16 << 20, perByte: 1000);

        Action? Merged(string name, byte[] bytes)
        {
            Write($"adapter/{name}", bytes);
            try
            {
                using var model = PretrainedWeights.Open(Path.Combine(_folder, "adapter"));
                ReadAll(model.File);
                return null;
            }
            catch (FileNotFoundException e) when (!e.FileName!.Contains("adapter_", StringComparison.Ordinal))
            {
                throw new InvalidDataException("a path that was cut short is another folder, and no model is there", e);
            }
        }
    }

    private static readonly DecoderConfig Small = new()
    {
        VocabularySize = 9, HiddenSize = 8, IntermediateSize = 8, Layers = 2, Heads = 1, KeyValueHeads = 1, HeadSize = 8,
    };

    private string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private Tokenizer Tokenizer(params (string Name, byte[] Bytes)[] files)
    {
        foreach (var (name, bytes) in files) Write(name, bytes);
        return TokenizerLoader.FromFolder(_folder);
    }

    private static void ReadAll(IWeightFile file)
    {
        foreach (var entry in file.Entries.Values.Where(e => e.Type.IsFloating()))
            file.Read(entry.Name, new float[entry.Elements]);
    }

    private static Action Use(Tokenizer tokenizer) => () =>
    {
        try
        {
            foreach (var message in Talk) tokenizer.Decode(tokenizer.Encode(message.Content, addSpecial: true));
            if (tokenizer.Template is not null) tokenizer.EncodeChat(Talk);
        }
        catch (ArgumentException e) when (tokenizer is WordTokenizer && e.Message.Contains("vocabulary"))
        {
            // a closed vocabulary refuses other words
        }
    };
}
