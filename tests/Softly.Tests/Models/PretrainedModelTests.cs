using Softly.Models;
using Softly.Models.Weights;
using Softly.Tests.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models;

public class PretrainedModelTests
{
    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_model_saved_is_read_the_same_to_the_last_bit(ScalarType type)
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            using var shape = Some.Model(tied: false);
            using var model = new Decoder(shape.Config with { ModelType = "qwen2" }, type);
            model.Initialize(1);
            // A third has digits in every precision.
            var norm = model.Named["model.norm.weight"];
            using (no_grad())
            using (var third = full_like(norm, 1.0 / 3)) norm.copy_(third);
            PretrainedModel.Save(model, folder);
            using var read = PretrainedModel.Load(folder, type);
            foreach (var (name, parameter) in model.Named) Assert.Equal(Some.Host(parameter), Some.Host(read.Named[name]));
            Assert.Equal(model.Config.EndTokens, read.Config.EndTokens);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Save, load, and the logits are the same to the last bit: tied and untied, in one file and in shards.</summary>
    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Every_golden_checkpoint_saved_again_has_the_same_logits(string name)
    {
        using var golden = new GoldenModel(name);
        using var model = golden.Load();
        foreach (var shardBytes in new[] { long.MaxValue, 40_000 })
        {
            using var folder = new TemporaryFolder();
            PretrainedModel.Save(model, folder.Path, shardBytes: shardBytes);
            Assert.Equal(shardBytes < long.MaxValue, File.Exists(folder.File("model.safetensors.index.json")));
            using var read = PretrainedModel.Load(folder.Path);
            Assert.Equal(model.Config.Further, read.Config.Further);
            using var scope = NewDisposeScope();
            using var off = no_grad();
            var ids = tensor(golden.Rows[0].Select(id => (long)id).ToArray(), [1, golden.Rows[0].Length]);
            Assert.Equal(
                Some.Host(GoldenModel.Logits(model, model.Embed(ids))), Some.Host(GoldenModel.Logits(read, read.Embed(ids))));
        }
    }

    public static TheoryData<string> Checkpoints => [.. GoldenModel.Checkpoints];

    [Theory]
    [InlineData(StoredType.BF16, ScalarType.BFloat16, "bfloat16")]
    [InlineData(StoredType.F16, ScalarType.Float16, "float16")]
    public void Masters_in_single_precision_are_stored_rounded_where_that_is_asked_for(
        StoredType stored, ScalarType type, string label)
    {
        using var folder = new TemporaryFolder();
        using var shape = Some.Model(tied: true);
        using var model = new Decoder(shape.Config with { ModelType = "qwen2" });
        model.Initialize(1);
        PretrainedModel.Save(model, folder.Path, stored);
        Assert.Contains($"\"torch_dtype\": \"{label}\"", File.ReadAllText(folder.File("config.json")));
        using (var weights = PretrainedWeights.Open(folder.Path))
        {
            Assert.All(weights.File.Entries.Values, entry => Assert.Equal(stored, entry.Type));
            Assert.DoesNotContain("lm_head.weight", weights.File.Entries.Keys); // tied: once
        }
        using var read = PretrainedModel.Load(folder.Path);
        foreach (var (name, parameter) in model.Named)
        {
            using var rounded = parameter.to(type);
            Assert.Equal(Some.Host(rounded), Some.Host(read.Named[name]));
        }
    }

    /// <summary>The header is checked completely before the first parameter is made.</summary>
    [Fact]
    public void A_malformed_model_is_refused_before_any_tensor_is_made()
    {
        foreach (var path in Directory.GetFiles(Reference.Require("golden", "models", "malformed"), "*.gguf"))
        {
            var before = Tensor.TotalCount;
            var error = Assert.Throws<InvalidDataException>(() => PretrainedModel.Load(path).Dispose());
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
            Assert.Equal(before, Tensor.TotalCount);
        }
    }

    /// <summary>A context far beyond what is used costs nothing: tables of angles are as long as what was asked for.</summary>
    [Fact]
    public void A_billion_positions_in_a_configuration_cost_nothing()
    {
        using var model = new Decoder(Some.Model().Config with { MaxPositions = 1_000_000_000 });
        model.Initialize(1, 0.25);
        using var shorter = Some.Model();
        using var scope = NewDisposeScope();
        using var off = no_grad();
        foreach (var length in new[] { 3, 40, 12 })
        {
            var ids = arange(length).reshape(1, -1).remainder(23.ToScalar());
            Assert.Equal(
                Some.Host(GoldenModel.Logits(shorter, shorter.Embed(ids))), Some.Host(GoldenModel.Logits(model, model.Embed(ids))));
        }
    }

    [Fact]
    public void Generation_settings_that_are_there_stay_as_they_are()
    {
        using var model = new Decoder(Some.Model().Config with { ModelType = "qwen2" });
        model.Initialize(1);
        using var folder = new TemporaryFolder();
        const string Settings = """{"temperature": 0.6, "eos_token_id": [1, 2]}""";
        File.WriteAllText(folder.File("generation_config.json"), Settings);
        PretrainedModel.Save(model, folder.Path);
        Assert.Equal(Settings, File.ReadAllText(folder.File("generation_config.json")));
    }
}
