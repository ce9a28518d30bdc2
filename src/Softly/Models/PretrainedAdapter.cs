using Softly.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>LoRA adapters to and from disk, in PEFT's layout: adapter_config.json and adapter_model.safetensors.</summary>
public static class PretrainedAdapter
{
    /// <summary>PEFT's name of the weights.</summary>
    public const string WeightsFile = "adapter_model.safetensors";

    /// <summary>What PEFT puts in front of a parameter's name.</summary>
    internal const string Prefix = "base_model.model.";

    /// <summary>Reads an adapter for a decoder and attaches it.</summary>
    /// <param name="model">The model that it changes.</param>
    /// <param name="folder">The adapter's folder.</param>
    /// <exception cref="InvalidDataException">
    /// A file is not sound, or the adapter does not fit the model; the message names file and tensor.
    /// </exception>
    public static void Attach(Decoder model, string folder)
    {
        var options = AdapterConfig.Read(folder).Options;
        using var file = Open(folder, model.Config, options); // refuses what does not fit before anything is made
        var adapter = new LoraAdapter(model.Config, options, model.Type, model.Device);
        try
        {
            Fill(adapter, file);
            model.Attach(adapter);
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>Reads an adapter's numbers into one of the same settings.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is not sound, or the adapter is another; the message names file and tensor.
    /// </exception>
    public static void ReadInto(LoraAdapter adapter, string folder)
    {
        if (!AdapterConfig.Read(folder).Options.IsLike(adapter.Options))
            throw Refusal.Of(Path.Combine(folder, AdapterConfig.FileName), "the adapter was made with other settings");
        using var file = Open(folder, adapter.Config, adapter.Options);
        Fill(adapter, file);
    }

    private static void Fill(LoraAdapter adapter, SafeTensorsFile file)
    {
        using var off = no_grad();
        foreach (var (name, tensor) in adapter.Named)
        {
            using var host = empty(tensor.shape, ScalarType.Float32);
            file.Read(Prefix + name, PretrainedModel.Memory(host));
            tensor.copy_(host);
        }
    }

    /// <summary>Writes an adapter. The folder is complete only when this returns.</summary>
    /// <param name="adapter">The adapter.</param>
    /// <param name="folder">Where; made when missing.</param>
    /// <param name="baseModel">The model that it changes, as readers will look for it; null where that is not known.</param>
    public static void Save(LoraAdapter adapter, string folder, string? baseModel)
    {
        Directory.CreateDirectory(folder);
        using var writer = new SafeTensorsWriter(
            Path.Combine(folder, WeightsFile),
            [.. adapter.Named.Select(n => new WeightEntry(Prefix + n.Key, StoredType.F32, n.Value.shape))]);
        using var off = no_grad();
        foreach (var (name, tensor) in adapter.Named)
        {
            using var host = tensor.to(ScalarType.Float32, CPU).contiguous();
            writer.Write(Prefix + name, PretrainedModel.Memory(host));
        }
        writer.Complete();
        DurableFile.WriteAllText(
            Path.Combine(folder, AdapterConfig.FileName), new AdapterConfig(baseModel, adapter.Options).ToJson());
    }

    /// <summary>The weights of an adapter, known to be those of its options and of the model's shape.</summary>
    internal static SafeTensorsFile Open(string folder, DecoderConfig config, LoraOptions options)
    {
        var problems = options.Problems(config).ToList();
        if (problems.Count > 0)
            throw Refusal.Of(Path.Combine(folder, AdapterConfig.FileName), "the adapter does not fit the model", problems);
        var file = new SafeTensorsFile(Path.Combine(folder, WeightsFile));
        try
        {
            var expected = Layout(config, options).ToDictionary(e => e.Name, e => e.Shape);
            foreach (var (name, shape) in expected)
            {
                if (!file.Entries.TryGetValue(name, out var entry)) problems.Add($"tensor '{name}' is missing");
                else if (!entry.Shape.SequenceEqual(shape))
                    problems.Add($"tensor '{name}' has shape {entry.ShapeText}; ({string.Join(", ", shape)}) is expected");
                else if (!entry.Type.IsFloating()) problems.Add($"tensor '{name}' is stored as {entry.Type.Label()}");
            }
            foreach (var name in file.Entries.Keys.Where(n => !expected.ContainsKey(n)))
                problems.Add($"tensor {Refusal.Quote(name)} belongs to no linear map that {AdapterConfig.FileName} names");
            if (problems.Count > 0) throw Refusal.Of(file.Path, "the adapter does not fit the model", problems);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static IEnumerable<(string Name, long[] Shape)> Layout(DecoderConfig config, LoraOptions options)
    {
        for (var layer = 0; layer < config.Layers; layer++)
            foreach (var map in LinearMap.Of(config))
            {
                var name = $"model.layers.{layer}.{map.Name}";
                if (!options.Changes(name, layer)) continue;
                var rank = options.RankOf(name);
                yield return ($"{Prefix}{name}.lora_A.weight", [rank, map.Inputs]);
                yield return ($"{Prefix}{name}.lora_B.weight", [map.Outputs, rank]);
            }
    }
}
