using Softly.Models;
using Softly.Models.Weights;
using Softly.Tests.Tokenization;
using Softly.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models.Weights;

/// <summary>There and back: what was written to GGUF computes what the source computes.</summary>
public class GgufExportTests
{
    private static readonly Dictionary<string, object> NoTokenizer = [];

    public static TheoryData<string> Checkpoints => [.. GoldenModel.Checkpoints];

    public static TheoryData<string> Ggufs => [.. GoldenModel.Ggufs];

    /// <summary>Biases, scaled rotary positions, norms per head, wide heads: all of it goes through.</summary>
    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void In_single_precision_a_checkpoint_comes_back_with_the_same_logits_to_the_last_bit(string name)
    {
        using var folder = new TemporaryFolder();
        using var golden = new GoldenModel(name);
        using var model = golden.Load();
        using var copy = Copy(folder, Folder(name), StoredType.F32);
        Assert.Equal(Comparable(model.Config), Comparable(copy.Config));
        Assert.Equal(Logits(golden, model), Logits(golden, copy));
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void In_BF16_matrices_are_rounded_and_nothing_else(string name)
    {
        using var folder = new TemporaryFolder();
        using var golden = new GoldenModel(name);
        using var model = golden.Load();
        using (no_grad())
            foreach (var matrix in model.Named.Values.Where(p => p.dim() == 2))
            {
                using var rounded = matrix.to(ScalarType.BFloat16);
                matrix.copy_(rounded);
            }
        using var copy = Copy(folder, Folder(name), StoredType.BF16);
        Assert.Equal(Logits(golden, model), Logits(golden, copy));
    }

    /// <summary>A number of Q8_0 is off by half a step, 1/254 of its block's largest, and by the rounding of the scale.</summary>
    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void In_Q8_0_numbers_stay_within_a_step_and_rows_that_are_no_blocks_are_F16(string name)
    {
        using var folder = new TemporaryFolder();
        using var weights = PretrainedWeights.Open(Folder(name));
        GgufExport.Write(folder.File("a.gguf"), weights.Config, weights.File, NoTokenizer, StoredType.Q80);
        using var file = new GgufFile(folder.File("a.gguf"));
        foreach (var entry in file.Entries.Values)
        {
            var expected = entry.Shape.Count == 1 ? StoredType.F32
                : entry.Shape[1] % 32 == 0 ? StoredType.Q80
                : StoredType.F16;
            Assert.Equal(expected, entry.Type);
            float[] given = new float[entry.Elements], stored = new float[entry.Elements];
            weights.File.Read(entry.Name, given);
            file.Read(entry.Name, stored);
            if (expected != StoredType.Q80) continue;
            foreach (var (a, b) in given.Chunk(32).Zip(stored.Chunk(32)))
            {
                var most = a.Max(MathF.Abs) * (1 / 254.0 + 1 / 2048.0);
                Table.Near(most, [.. a.Select(x => (double)x)], [.. b.Select(x => (double)x)], name);
            }
        }
    }

    /// <summary>Everything of the file but what it does not need: other keys, and the order of the tensors.</summary>
    [Theory]
    [MemberData(nameof(Ggufs))]
    public void A_GGUF_file_goes_to_a_folder_and_back_and_keeps_logits_tokens_and_template(string name)
    {
        using var folder = new TemporaryFolder();
        using var golden = new GoldenModel(name);
        using var model = golden.Load();
        var path = Path.Combine(Folder(name), "model.gguf");
        var tokenizer = TokenizerLoader.FromGguf(GgufMetadata.Read(path));
        using (var weights = PretrainedWeights.Open(path))
            CheckpointExport.Write(folder.File("hf"), weights.Config, weights.File, StoredType.F32, shardBytes: 40_000);
        tokenizer.Save(folder.File("hf"));
        Assert.True(File.Exists(folder.File("hf/model.safetensors.index.json")));
        using (var read = PretrainedModel.Load(folder.File("hf")))
            Assert.Equal(Some.Host(Forward(golden, model)), Some.Host(Forward(golden, read)));

        var back = TokenizerLoader.FromFolder(folder.File("hf"));
        using var copy = Copy(folder, folder.File("hf"), StoredType.F32, back);
        Assert.Equal(Some.Host(Forward(golden, model)), Some.Host(Forward(golden, copy)));
        Assert.Equal(Comparable(model.Config), Comparable(copy.Config));

        var (original, written) = (GgufMetadata.Read(path), GgufMetadata.Read(folder.File("a.gguf")));
        foreach (var key in original.Keys.Where(key => key.StartsWith("tokenizer.", StringComparison.Ordinal)
            && !key.EndsWith("token_type", StringComparison.Ordinal)))
            Assert.True(Same(original[key], written[key]), $"{key}: {original[key]} and {written[key]}");
        // Entries of the vocabulary that are never used (5) are entries like others (1) in a tokenizer.json.
        Assert.Equal(
            ((int[])original["tokenizer.ggml.token_type"]).Select(type => type == 5 ? 1 : type),
            (int[])written["tokenizer.ggml.token_type"]);
        foreach (var c in golden.Cases.GetProperty("tokens").EnumerateArray())
            Assert.Equal(c.Ints("ids"), TokenizerLoader.FromGguf(written).Encode(c.Text("text")));
    }

    [Fact]
    public void Linear_scaling_goes_through_and_turns_fewer()
    {
        using var folder = new TemporaryFolder();
        using var shape = Some.Model();
        using var model = new Decoder(shape.Config with { ModelType = "qwen2", RopeDivisor = 2.5 });
        model.Initialize(1);
        PretrainedModel.Save(model, folder.File("hf"));
        using var copy = Copy(folder, folder.File("hf"), StoredType.F32);
        Assert.Equal(2.5, copy.Config.RopeDivisor);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var inputs = model.Embed(tensor(new long[] { 4, 5, 6 }, [1, 3])); // (1, 3, D)
        Assert.Equal(Some.Host(GoldenModel.Logits(model, inputs)), Some.Host(GoldenModel.Logits(copy, inputs)));
        // The first position is turned by no angle whatever the scaling; the others are.
        using var plain = new Decoder(model.Config with { RopeDivisor = 1 });
        plain.CopyFrom(model);
        var (scaled, whole) = (model.Forward(inputs)[0], plain.Forward(inputs)[0]); // (3, D)
        Assert.Equal(Some.Host(whole[0]), Some.Host(scaled[0]));
        Assert.NotEqual(Some.Host(whole[2]), Some.Host(scaled[2]));
    }

    [Fact]
    public void A_number_that_half_precision_does_not_hold_is_refused_and_the_old_file_stays()
    {
        using var folder = new TemporaryFolder();
        using var shape = Some.Model(tied: false);
        using var model = new Decoder(shape.Config with { ModelType = "qwen2" });
        model.Initialize(1);
        using (no_grad()) model.Named["lm_head.weight"][3, 4] = 70000f;
        PretrainedModel.Save(model, folder.File("hf"));
        File.WriteAllText(folder.File("a.gguf"), "old");
        using var weights = PretrainedWeights.Open(folder.File("hf"));
        foreach (var type in new[] { StoredType.F16, StoredType.Q40 })
        {
            var error = Assert.Throws<InvalidDataException>(
                () => GgufExport.Write(folder.File("a.gguf"), weights.Config, weights.File, NoTokenizer, type));
            Assert.Contains("tensor 'output.weight': 70000 cannot be stored as F16", error.Message);
        }
        // The same where a model of masters is saved.
        Assert.Throws<InvalidDataException>(() => PretrainedModel.Save(model, folder.File("half"), StoredType.F16));
        Assert.Empty(Directory.GetFiles(folder.File("half"), "*.safetensors*"));
        Directory.Delete(folder.File("half"), recursive: true);
        Assert.Equal("old", File.ReadAllText(folder.File("a.gguf")));
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Path).Length);
    }

    private static string Folder(string name) => Reference.Require(["golden", "models", .. name.Split('/')]);

    private static Decoder Copy(TemporaryFolder folder, string source, StoredType type, Tokenizer? tokenizer = null)
    {
        using var weights = PretrainedWeights.Open(source);
        var keys = tokenizer?.ToGguf(weights.Config.VocabularySize, []) ?? NoTokenizer;
        GgufExport.Write(folder.File("a.gguf"), weights.Config, weights.File, keys, type);
        return PretrainedModel.Load(folder.File("a.gguf"));
    }

    // Tokens are the tokenizer's in a GGUF file.
    private static DecoderConfig Comparable(DecoderConfig config) =>
        config with { Further = null, BeginToken = null, PadToken = null, EndTokens = [] };

    private static double[] Logits(GoldenModel golden, Decoder model)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var rows = golden.Rows;
        var ids = tensor(rows.SelectMany(r => r).Select(id => (long)id).ToArray(), [rows.Length, rows[0].Length]);
        return Some.Host(GoldenModel.Logits(model, model.Embed(ids)));
    }

    private static Tensor Forward(GoldenModel golden, Decoder model)
    {
        using var off = no_grad();
        return GoldenModel.Logits(model, model.Embed(golden.Ids("ids")));
    }

    private static bool Same(object a, object b) =>
        a is Array x && b is Array y ? x.Cast<object>().SequenceEqual(y.Cast<object>())
        : a is string or bool ? a.Equals(b)
        : Convert.ToDouble(a) == Convert.ToDouble(b);
}
