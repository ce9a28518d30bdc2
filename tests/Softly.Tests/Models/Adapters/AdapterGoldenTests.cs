using System.Text.Json;
using System.Text.Json.Nodes;
using Softly.Generation;
using Softly.Models;
using Softly.Models.Weights;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tests.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models.Adapters;

/// <summary>Adapters of golden/models/adapters against what PEFT computes with them in double precision.</summary>
public class AdapterGoldenTests
{
    /// <summary>Whatever stands there.</summary>
    public static TheoryData<string, ScalarType> Adapters => new(
        from name in Reference.Folders("golden", "models", "adapters")
        from type in new[] { ScalarType.Float64, ScalarType.Float32 }
        select (name, type));

    [Theory]
    [MemberData(nameof(Adapters))]
    public void Logits_with_and_without_the_adapter_are_those_of_PEFT(string name, ScalarType type)
    {
        using var golden = new Golden(name);
        using var model = golden.Load(type);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        Assert.Equal(golden.Cases.GetProperty("trainable_parameters").GetInt64(), model.Adapter!.ParameterCount);
        Table.Near(golden.Tolerance(type), golden.Numbers("logits"), Logits(model), "with");
        Table.Near(golden.Tolerance(type), golden.Numbers("base_logits"), Logits(model.WithoutAdapter()), "without");

        Tensor Logits(Decoder decoder) => GoldenModel.Logits(decoder, decoder.Embed(golden.Ids));
    }

    [Theory]
    [MemberData(nameof(Adapters))]
    public void The_loss_and_its_gradients_are_those_of_PEFT_and_the_model_itself_has_none(string name, ScalarType type)
    {
        using var golden = new Golden(name);
        using var model = golden.Load(type);
        using var batch = golden.Forced();
        using var loss = Replay.LogDensities(model, batch).mean().neg();
        loss.backward();
        Table.Near(golden.Tolerance(type), [golden.Cases.Number("loss")], loss, "loss");
        var norms = golden.Cases.GetProperty("gradient_norms").EnumerateObject()
            .ToDictionary(n => n.Name, n => n.Value.GetDouble());
        Assert.Equal(model.Adapter!.Named.Keys.Order(), norms.Keys.Order());
        foreach (var (parameter, norm) in norms)
        {
            using var own = model.Adapter.Named[parameter].grad!.norm();
            Table.Near((type == ScalarType.Float64 ? 1e-9 : 1e-4) * Math.Max(norm, 1), [norm], own, parameter);
        }
        Assert.All(model.Named.Keys, n => Assert.Null(model.Gradient(n)));
    }

    [Theory]
    [MemberData(nameof(Adapters))]
    public void Merged_the_model_computes_the_same_in_memory_on_disk_and_as_it_is_read(string name, ScalarType type)
    {
        using var golden = new Golden(name);
        using var model = golden.Load(type);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var merged = new Decoder(model.Config, type);
        merged.CopyFrom(model);
        Assert.Null(merged.Adapter);
        var logits = GoldenModel.Logits(merged, merged.Embed(golden.Ids));
        Table.Near(golden.Tolerance(type), golden.Numbers("logits"), logits, "in memory");

        using var folder = new TemporaryFolder();
        PretrainedModel.Save(merged, folder.Path);
        using var again = PretrainedModel.Load(folder.Path, type);
        Assert.Equal(Some.Host(logits), Some.Host(GoldenModel.Logits(again, again.Embed(golden.Ids))));

        // As `softly convert` reads it: single-precision sums, so the looser tolerance.
        using var placed = golden.Placed();
        using var weights = PretrainedWeights.Open(placed.Path);
        foreach (var (parameter, tensor) in merged.Named)
        {
            var read = new float[weights.File.Entries[parameter].Elements];
            weights.File.Read(parameter, read);
            Table.Near(1e-6, Some.Host(tensor), [.. read.Select(r => (double)r)], parameter);
        }
    }

    [Theory]
    [MemberData(nameof(Adapters))]
    public void A_folder_with_an_adapter_is_a_model_and_saved_again_has_the_same_numbers(string name, ScalarType type)
    {
        using var golden = new Golden(name);
        using var placed = golden.Placed();
        using var model = PretrainedModel.Load(placed.Path, type);
        using var folder = new TemporaryFolder();
        PretrainedAdapter.Save(model.Adapter!, folder.Path, golden.BasePath);
        using var again = PretrainedModel.Load(folder.Path, type);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        Assert.Equal(
            Some.Host(GoldenModel.Logits(model, model.Embed(golden.Ids))),
            Some.Host(GoldenModel.Logits(again, again.Embed(golden.Ids))));
        // PEFT's own file and ours hold the same tensors.
        using SafeTensorsFile theirs = new(Path.Combine(golden.Folder, PretrainedAdapter.WeightsFile)),
            ours = new(Path.Combine(folder.Path, PretrainedAdapter.WeightsFile));
        Assert.Equal(
            theirs.Entries.Values.Select(e => (e.Name, e.Type, e.ShapeText)).Order(),
            ours.Entries.Values.Select(e => (e.Name, e.Type, e.ShapeText)).Order());
    }

    private sealed class Golden : IDisposable
    {
        private readonly SafeTensorsFile _expected;

        public Golden(string name)
        {
            Folder = Reference.Require("golden", "models", "adapters", name);
            Cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "cases.json"))).RootElement;
            _expected = new SafeTensorsFile(Path.Combine(Folder, "expected.safetensors"));
        }

        public string Folder { get; }
        public JsonElement Cases { get; }
        public string BasePath => Reference.Require("golden", "models", Cases.Text("base"));
        private int[][] Rows => [.. Cases.Rows("ids").Select(row => row.Select(id => (int)id).ToArray())];
        public Tensor Ids => tensor(Rows.SelectMany(r => r).Select(id => (long)id).ToArray(), [Rows.Length, Rows[0].Length]);

        public Decoder Load(ScalarType type)
        {
            var model = PretrainedModel.Load(BasePath, type);
            PretrainedAdapter.Attach(model, Folder);
            return model;
        }

        public double[] Numbers(string array)
        {
            var numbers = new double[_expected.Entries[array].Elements];
            _expected.ReadDoubles(array, numbers);
            return numbers;
        }

        public double Tolerance(ScalarType type) =>
            type == ScalarType.Float64 ? 1e-9 * Numbers("logits").Max(Math.Abs) : 1e-4;

        /// <summary>The adapter in a folder of its own that names the model by its path.</summary>
        public TemporaryFolder Placed()
        {
            var folder = new TemporaryFolder();
            File.Copy(
                Path.Combine(Folder, PretrainedAdapter.WeightsFile), Path.Combine(folder.Path, PretrainedAdapter.WeightsFile));
            var config = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "adapter_config.json")))!;
            config["base_model_name_or_path"] = BasePath;
            File.WriteAllText(Path.Combine(folder.Path, "adapter_config.json"), config.ToJsonString());
            return folder;
        }

        /// <summary>Both rows as rollouts: one token as the prompt, the others as the answer.</summary>
        public RolloutBatch Forced() => Some.Forced(Rows);

        public void Dispose() => _expected.Dispose();
    }
}
