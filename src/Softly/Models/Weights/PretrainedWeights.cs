namespace Softly.Models.Weights;

/// <summary>
/// A model on disk, opened: its configuration, and weights that are known to fit it. Nothing is read into memory yet.
/// </summary>
public sealed class PretrainedWeights : IDisposable
{
    private PretrainedWeights(DecoderConfig config, IWeightFile file, StoredType? storedType)
    {
        (Config, File, StoredType, Metadata) = (config, file, storedType, (file as GgufFile)?.Metadata);
    }

    /// <summary>The model's shape and tokens.</summary>
    public DecoderConfig Config { get; }

    /// <summary>The weights: every parameter of <see cref="ParameterLayout"/> in its shape.</summary>
    public IWeightFile File { get; }

    /// <summary>The type the configuration names; null for GGUF and where none is named.</summary>
    public StoredType? StoredType { get; }

    /// <summary>The metadata of a GGUF file, in which its tokenizer is; null for folders.</summary>
    public IReadOnlyDictionary<string, object>? Metadata { get; private init; }

    /// <summary>
    /// Opens a Hugging Face checkpoint folder, a GGUF file, or the folder of a LoRA adapter: that is read as the model it changes
    /// with the change added in.
    /// </summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="find">Where a model is that an adapter calls by a name; see <see cref="AdapterConfig.FindBase"/>.</param>
    /// <exception cref="FileNotFoundException">Neither is there.</exception>
    /// <exception cref="InvalidDataException">A file is not sound, or the weights do not fit the configuration.</exception>
    public static PretrainedWeights Open(string path, Func<string, string?>? find = null)
    {
        if (AdapterConfig.IsIn(path))
        {
            var model = Open(AdapterConfig.FindBase(path, find));
            try
            {
                var merged = new MergedWeights(model.File, model.Config, path);
                return new PretrainedWeights(model.Config, merged, model.StoredType) { Metadata = model.Metadata };
            }
            catch
            {
                model.Dispose();
                throw;
            }
        }
        if (Directory.Exists(path))
        {
            var config = CheckpointConfig.Read(path);
            return Checked(config.Decoder, new CheckpointFolder(path), config.StoredType);
        }
        if (!System.IO.File.Exists(path))
            throw new FileNotFoundException($"{path}: a checkpoint folder or a GGUF file is expected, nothing is there", path);
        if (!path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
            throw Refusal.Of(
                path, "a GGUF file (.gguf) or a checkpoint folder with config.json and model.safetensors is expected");
        var gguf = new GgufFile(path);
        try
        {
            return Checked(GgufConfig.Read(gguf), gguf, null);
        }
        catch
        {
            gguf.Dispose();
            throw;
        }
    }

    /// <summary>Closes the files.</summary>
    public void Dispose() => File.Dispose();

    private static PretrainedWeights Checked(DecoderConfig config, IWeightFile file, StoredType? storedType)
    {
        try
        {
            // Said before the layout is listed: a number in a small file must not ask for a list of any length.
            if (config.Layers > file.Entries.Count)
                throw Refusal.Of(file.Path, $"the configuration asks for {config.Layers} layers, "
                    + $"the weights are {file.Entries.Count} tensors");
            ParameterLayout.Of(config).Check(file);
            return new PretrainedWeights(config, file, storedType);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
