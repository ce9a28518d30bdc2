using Softly.Models;
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
}
