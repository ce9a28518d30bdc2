namespace Softly.Models.Weights;

/// <summary>Writes a model from any source of weights as a Hugging Face checkpoint, without loading it.</summary>
public static class CheckpointExport
{
    /// <summary>
    /// Writes config.json, generation_config.json (unless the folder has one) and the safetensors files. Files appear one by
    /// one: give a folder that nobody looks at yet.
    /// </summary>
    /// <param name="folder">Where; made when missing.</param>
    /// <param name="config">The model's shape and tokens.</param>
    /// <param name="source">
    /// Every parameter of the configuration's <see cref="ParameterLayout"/>, by its Hugging Face name.
    /// </param>
    /// <param name="type">How numbers are stored: F32, F16 or BF16, rounded to the nearest.</param>
    /// <param name="shardBytes">The most bytes of tensors in one file; a larger tensor gets a file of its own.</param>
    /// <param name="progress">Hears how many numbers were written so far.</param>
    /// <param name="cancel">Stops between two pieces; weights begun are removed.</param>
    /// <exception cref="InvalidDataException">A number has no place in the type.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static void Write(
        string folder, DecoderConfig config, IWeightFile source, StoredType type,
        long shardBytes = CheckpointWriter.DefaultShardBytes, Action<long>? progress = null, CancellationToken cancel = default)
    {
        Directory.CreateDirectory(folder);
        new CheckpointConfig(config, type).Write(folder, keepGeneration: true);
        var entries = ParameterLayout.Of(config).Entries(type);
        using var writer = new CheckpointWriter(folder, entries, shardBytes);
        WeightCopy.Run(source, entries, writer.Write, progress, cancel);
        writer.Complete();
    }
}
