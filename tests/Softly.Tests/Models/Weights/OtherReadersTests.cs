using System.Diagnostics;
using System.Text.Json;
using Softly.Models;
using Softly.Models.Weights;
using Softly.Tokenization;
using TorchSharp;
using TorchSharp.PyBridge;
using static TorchSharp.torch;

namespace Softly.Tests.Models.Weights;

/// <summary>What is written here, read by software of others.</summary>
public class OtherReadersTests
{
    private const string Script = """
        const { gguf } = require("@huggingface/gguf");
        const plain = (_, value) => typeof value === "bigint" ? Number(value) : value;
        gguf(process.argv[1], { allowLocalFile: true }).then(({ metadata, tensorInfos, tensorDataOffset }) =>
            console.log(JSON.stringify({ metadata, tensorInfos, tensorDataOffset }, plain)));
        """;

    /// <summary>TorchSharp.PyBridge reads the files of a checkpoint, one or several, in every type.</summary>
    [Theory]
    [InlineData("qwen2_tied", StoredType.F32, ScalarType.Float32, long.MaxValue)]
    [InlineData("qwen2_tied", StoredType.BF16, ScalarType.BFloat16, 60_000)]
    [InlineData("llama_biased_wide_heads", StoredType.F16, ScalarType.Float16, 60_000)]
    [InlineData("qwen3_tied", StoredType.F32, ScalarType.Float32, 100_000)]
    public void Safetensors_are_read_by_another_reader_with_the_same_names_types_and_numbers(
        string name, StoredType stored, ScalarType type, long shardBytes)
    {
        using var folder = new TemporaryFolder();
        using var golden = new GoldenModel(name);
        using var model = golden.Load();
        PretrainedModel.Save(model, folder.Path, stored, shardBytes);
        var files = Directory.GetFiles(folder.Path, "*.safetensors");
        Assert.Equal(shardBytes == long.MaxValue, files.Length == 1);

        using var scope = NewDisposeScope();
        var read = new Dictionary<string, (Tensor Tensor, string File)>();
        foreach (var file in files)
            foreach (var (key, tensor) in Safetensors.LoadStateDict(file)) read.Add(key, (tensor, Path.GetFileName(file)));
        Assert.Equal(model.Named.Keys.Order(), read.Keys.Order());
        foreach (var (key, (tensor, _)) in read)
        {
            Assert.Equal(type, tensor.dtype);
            Assert.Equal(model.Named[key].shape, tensor.shape);
            Assert.Equal(Some.Host(model.Named[key].to(type)), Some.Host(tensor));
        }
        if (files.Length == 1) return;
        var index = JsonDocument.Parse(File.ReadAllText(folder.File("model.safetensors.index.json"))).RootElement;
        Assert.Equal(
            read.ToDictionary(r => r.Key, r => r.Value.File),
            index.GetProperty("weight_map").EnumerateObject().ToDictionary(m => m.Name, m => m.Value.GetString()!));
        Assert.Equal(
            read.Values.Sum(r => r.Tensor.numel() * r.Tensor.element_size()),
            index.GetProperty("metadata").GetProperty("total_size").GetInt64());
    }

    /// <summary>Hugging Face's own parser of GGUF finds keys, names, shapes, types, and the place of every tensor.</summary>
    [Theory]
    [InlineData("llama_q8_0", StoredType.F32)]
    [InlineData("llama_q8_0", StoredType.Q80)]
    [InlineData("qwen2_q4_1", StoredType.BF16)]
    public void GGUF_is_read_by_another_reader_with_the_same_keys_and_tensors(string name, StoredType stored)
    {
        using var folder = new TemporaryFolder();
        var source = Reference.Require("golden", "models", "gguf", name, "model.gguf");
        var path = folder.File("a.gguf");
        using var weights = PretrainedWeights.Open(source);
        var c = weights.Config;
        var tokenizer = TokenizerLoader.FromGguf(((GgufFile)weights.File).Metadata);
        GgufExport.Write(path, c, weights.File, tokenizer.ToGguf(c.VocabularySize, []), stored, "a name");

        var read = Read(path);
        var metadata = read.GetProperty("metadata");
        string Word(string key) => metadata.GetProperty(key).GetString()!;
        double Number(string key) => metadata.GetProperty($"{c.ModelType}.{key}").GetDouble();
        Assert.Equal(
            (c.ModelType, "a name", "gpt2"),
            (Word("general.architecture"), Word("general.name"), Word("tokenizer.ggml.model")));
        Assert.Equal(
            [c.HiddenSize, c.Layers, c.IntermediateSize, c.Heads, c.KeyValueHeads, c.HeadSize, c.MaxPositions, c.RopeTheta],
            [
                Number("embedding_length"), Number("block_count"), Number("feed_forward_length"), Number("attention.head_count"),
                Number("attention.head_count_kv"), Number("attention.key_length"), Number("context_length"),
                Number("rope.freq_base"),
            ]);
        Assert.Equal(c.VocabularySize, metadata.GetProperty("tokenizer.ggml.tokens").GetArrayLength());
        Assert.Equal(c.VocabularySize, metadata.GetProperty("tokenizer.ggml.token_type").GetArrayLength());

        using var file = new GgufFile(path);
        var tensors = read.GetProperty("tensorInfos").EnumerateArray().ToDictionary(t => t.GetProperty("name").GetString()!);
        Assert.Equal(
            weights.File.Entries.Keys.Select(GgufNames.FromHuggingFace).Order(), tensors.Keys.Order());
        var bytes = File.ReadAllBytes(path);
        foreach (var entry in file.Entries.Values)
        {
            var tensor = tensors[GgufNames.FromHuggingFace(entry.Name)];
            Assert.Equal(entry.Shape.Reverse(), tensor.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()));
            Assert.Equal(GgufHeader.CodeOf(entry.Type), tensor.GetProperty("dtype").GetUInt32());
            if (entry.Shape.Count != 1) continue;
            // Vectors are plain numbers: found where the other reader says, they are those of the source.
            var at = read.GetProperty("tensorDataOffset").GetInt64() + tensor.GetProperty("offset").GetInt64();
            var expected = new float[entry.Elements];
            weights.File.Read(entry.Name, expected);
            if (c.ModelType == "llama" && entry.Name.Contains("_proj.bias")) continue; // interleaved
            Assert.Equal(
                expected, Enumerable.Range(0, expected.Length).Select(i => BitConverter.ToSingle(bytes, (int)at + 4 * i)));
        }
    }

    private static JsonElement Read(string path)
    {
        var packages = Environment.GetEnvironmentVariable("SOFTLY_GGUF_READER") ?? "";
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(packages, "node_modules", "@huggingface", "gguf")),
            "@huggingface/gguf is not in the folder SOFTLY_GGUF_READER; `npm install @huggingface/gguf@0.4.6` there");
        var start = new ProcessStartInfo("node", ["-e", Script, path])
        {
            WorkingDirectory = packages, RedirectStandardOutput = true, RedirectStandardError = true
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(60_000), "node did not end");
        Assert.True(process.ExitCode == 0, error.Result);
        return JsonDocument.Parse(output).RootElement;
    }
}
