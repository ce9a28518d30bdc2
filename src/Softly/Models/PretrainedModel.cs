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
    /// <param name="find">Where a model is that an adapter calls by a name; see <see cref="AdapterConfig.FindBase"/>.</param>
    /// <exception cref="InvalidDataException">
    /// A file is not sound, or does not fit its configuration; the message names file and tensor.
    /// </exception>
    public static Decoder Load(
        string path, ScalarType type = ScalarType.Float32, Device? device = null, int positions = 0,
        Func<string, string?>? find = null)
    {
        if (AdapterConfig.IsIn(path))
            return WithAdapter(Load(AdapterConfig.FindBase(path, find), type, device, positions), path);
        using var weights = PretrainedWeights.Open(path);
        var config = positions > 0 && positions < weights.Config.MaxPositions
            ? weights.Config with { MaxPositions = positions }
            : weights.Config;
        return Load(config, weights.File, type, device ?? CPU);
    }

    /// <summary>A model of these weights, which are known to fit; nothing of it stays when reading fails.</summary>
    internal static Decoder Load(DecoderConfig config, IWeightFile file, ScalarType type, Device device)
    {
        var model = new Decoder(config, type, device);
        try
        {
            Fill(model, file);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads every parameter, some rows at a time: bytes are copied where the file has the model's own type, and converted by way
    /// of single precision where not.
    /// </summary>
    private static void Fill(Decoder model, IWeightFile file)
    {
        using var off = no_grad();
        foreach (var (name, parameter) in model.Named)
        {
            var entry = file.Entries[name];
            if (model.Type == ScalarType.Float64)
            {
                var exact = new double[entry.Elements];
                file.ReadDoubles(name, exact);
                using var host = Scalars.Upload(exact, model.Device, [.. entry.Shape]);
                parameter.copy_(host);
                continue;
            }
            var here = model.Device.type == DeviceType.CPU;
            var same = entry.Type == Stored(model.Type);
            var rows = (int)Math.Clamp(ChunkElements / Math.Max(1, entry.RowSize), 1, entry.Rows);
            for (long first = 0; first < entry.Rows; first += rows)
            {
                var count = (int)Math.Min(rows, entry.Rows - first);
                using var part = parameter.narrow(0, first, count);
                if (here && same && file.TryCopy(name, first, count, part.bytes)) continue;
                if (here && model.Type == ScalarType.Float32)
                {
                    file.Read(name, first, count, Memory(part));
                    continue;
                }
                using var host = empty([.. part.shape], ScalarType.Float32);
                file.Read(name, first, count, Memory(host));
                part.copy_(host);
            }
        }
    }

    /// <summary>
    /// Writes config.json, generation_config.json (unless the folder has one) and model.safetensors, or shards with an index. Files appear one by one: give a
    /// folder that nobody looks at yet.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">Where; made when missing.</param>
    /// <param name="stored">
    /// How numbers are stored: F64, F32, F16 or BF16, rounded to the nearest; null for the model's own type.
    /// </param>
    /// <param name="shardBytes">The most bytes of tensors in one file.</param>
    /// <exception cref="InvalidOperationException">The model has an adapter, which this format has no place for.</exception>
    public static void Save(
        Decoder model, string folder, StoredType? stored = null, long shardBytes = CheckpointWriter.DefaultShardBytes)
    {
        if (model.Adapter is not null)
            throw new InvalidOperationException("the model has an adapter: save that (PretrainedAdapter.Save), "
                + "or a model with its change added in (a new Decoder, CopyFrom)");
        var type = stored ?? Stored(model.Type);
        Directory.CreateDirectory(folder);
        new CheckpointConfig(model.Config, type).Write(folder, keepGeneration: true);
        using var writer = new CheckpointWriter(
            folder, [.. model.Named.Select(n => new WeightEntry(n.Key, type, n.Value.shape))], shardBytes);
        using var off = no_grad();
        foreach (var (name, parameter) in model.Named)
        {
            var (count, wide) = (parameter.shape[0], type == StoredType.F64);
            var rows = Math.Clamp(ChunkElements * count / Math.Max(1, parameter.numel()), 1, count);
            for (long first = 0; first < count; first += rows)
            {
                using var part = parameter.narrow(0, first, Math.Min(rows, count - first));
                using var host = part.to(wide ? ScalarType.Float64 : ScalarType.Float32, CPU).contiguous();
                if (wide) writer.WriteDoubles(name, MemoryMarshal.Cast<byte, double>(host.bytes));
                else writer.Write(name, Memory(host));
            }
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

    /// <summary>How a model's own type is stored.</summary>
    private static StoredType Stored(ScalarType type) => type switch
    {
        ScalarType.BFloat16 => StoredType.BF16,
        ScalarType.Float64 => StoredType.F64,
        _ => StoredType.F32,
    };

    /// <summary>A contiguous single-precision CPU tensor's memory.</summary>
    internal static Span<float> Memory(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
