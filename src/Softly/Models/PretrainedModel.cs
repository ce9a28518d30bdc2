using System.Runtime.InteropServices;
using Softly.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>Models to and from disk, in Hugging Face's layout or (reading only) GGUF.</summary>
public static class PretrainedModel
{
    /// <summary>Numbers converted at a time: a tensor never stands in memory twice.</summary>
    private const int ChunkElements = 4 << 20;

    /// <summary>Reads a model.</summary>
    /// <param name="path">
    /// A Hugging Face folder, a .gguf file, or the folder of a LoRA adapter: that is attached to the model it names.
    /// </param>
    /// <param name="type">Element type in memory: Float32, BFloat16 or Float64.</param>
    /// <param name="device">Where it goes; the CPU by default.</param>
    /// <param name="positions">Longest context to prepare for; 0 for the model's own.</param>
    /// <exception cref="InvalidDataException">
    /// A file is not sound, or does not fit its configuration; the message names file and tensor.
    /// </exception>
    public static Decoder Load(string path, ScalarType type = ScalarType.Float32, Device? device = null, int positions = 0)
    {
        if (AdapterConfig.IsIn(path)) return WithAdapter(Load(AdapterConfig.FindBase(path), type, device, positions), path);
        using var weights = PretrainedWeights.Open(path);
        var config = positions > 0 && positions < weights.Config.MaxPositions
            ? weights.Config with { MaxPositions = positions }
            : weights.Config;
        var model = new Decoder(config, type, device);
        using var off = no_grad();
        foreach (var (name, parameter) in model.Named)
        {
            var entry = weights.File.Entries[name];
            if (type == ScalarType.Float64)
            {
                var exact = new double[entry.Elements];
                weights.File.ReadDoubles(name, exact);
                using var host = Scalars.Upload(exact, model.Device, [.. entry.Shape]);
                parameter.copy_(host);
                continue;
            }
            var rows = (int)Math.Clamp(ChunkElements / Math.Max(1, entry.RowSize), 1, entry.Rows);
            for (long first = 0; first < entry.Rows; first += rows)
            {
                var count = (int)Math.Min(rows, entry.Rows - first);
                using var part = parameter.narrow(0, first, count);
                if (type == ScalarType.Float32 && model.Device.type == DeviceType.CPU)
                {
                    weights.File.Read(name, first, count, Memory(part));
                    continue;
                }
                using var host = empty([.. part.shape], ScalarType.Float32);
                weights.File.Read(name, first, count, Memory(host));
                part.copy_(host);
            }
        }
        return model;
    }

    /// <summary>
    /// Writes config.json, generation_config.json and model.safetensors (in shards when large). The folder is complete only when
    /// this returns.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">Where; made when missing.</param>
    public static void Save(Decoder model, string folder)
    {
        var stored = model.Type switch
        {
            ScalarType.BFloat16 => StoredType.BF16,
            ScalarType.Float64 => StoredType.F64,
            _ => StoredType.F32
        };
        Directory.CreateDirectory(folder);
        new CheckpointConfig(model.Config, stored).Write(folder);
        using var writer = new CheckpointWriter(
            folder, [.. model.Named.Select(n => new WeightEntry(n.Key, stored, n.Value.shape))]);
        using var off = no_grad();
        foreach (var (name, parameter) in model.Named)
        {
            using var host = parameter.to(stored == StoredType.F64 ? ScalarType.Float64 : ScalarType.Float32, CPU).contiguous();
            if (stored == StoredType.F64) writer.WriteDoubles(name, MemoryMarshal.Cast<byte, double>(host.bytes));
            else writer.Write(name, Memory(host));
        }
        writer.Complete();
    }

    private static Decoder WithAdapter(Decoder model, string folder)
    {
        try
        {
            PretrainedAdapter.Attach(model, folder);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>A contiguous single-precision CPU tensor's memory.</summary>
    internal static Span<float> Memory(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
