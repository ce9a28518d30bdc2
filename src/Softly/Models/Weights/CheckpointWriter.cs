using System.Text.RegularExpressions;

namespace Softly.Models.Weights;

/// <summary>
/// Writes the weights of a checkpoint folder: one <c>model.safetensors</c>, or shards with an index where they are larger than
/// a limit. Nothing in the folder changes before <see cref="Complete"/>, by when every byte is on the disk. A single file is
/// replaced at one stroke; shards are renamed one after the other, so write shards into a folder of their own.
/// </summary>
public sealed partial class CheckpointWriter : IDisposable
{
    /// <summary>5 GB, transformers' usual limit.</summary>
    public const long DefaultShardBytes = 5_000_000_000;

    private readonly string _folder;
    private readonly List<SafeTensorsWriter> _writers = [];
    private readonly Dictionary<string, SafeTensorsWriter> _holders = [];
    private readonly long _totalBytes;

    /// <summary>Starts the weights of a folder, which is made where it is missing.</summary>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <param name="entries">Every tensor that will be written.</param>
    /// <param name="shardBytes">The most bytes of tensors in one file; a larger tensor gets a file of its own.</param>
    public CheckpointWriter(string folder, IReadOnlyList<WeightEntry> entries, long shardBytes = DefaultShardBytes)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        var shards = new List<List<WeightEntry>> { new() };
        var filled = 0L;
        foreach (var entry in entries)
        {
            var bytes = entry.Elements * entry.Type.BlockBytes();
            _totalBytes += bytes;
            if (filled > 0 && filled + bytes > shardBytes)
            {
                shards.Add([]);
                filled = 0;
            }
            shards[^1].Add(entry);
            filled += bytes;
        }
        try
        {
            for (var i = 0; i < shards.Count; i++)
            {
                var name = shards.Count == 1
                    ? CheckpointFolder.SingleFile
                    : $"model-{i + 1:00000}-of-{shards.Count:00000}.safetensors";
                var writer = new SafeTensorsWriter(Path.Combine(folder, name), shards[i]);
                _writers.Add(writer);
                foreach (var entry in shards[i])
                    if (!_holders.TryAdd(entry.Name, writer)) throw new ArgumentException($"{entry.Name} is given twice");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Writes the next numbers of a tensor; see <see cref="SafeTensorsWriter.Write"/>.</summary>
    public void Write(string name, ReadOnlySpan<float> numbers) => Holder(name).Write(name, numbers);

    /// <summary>Writes the next numbers of a tensor stored as F64; see <see cref="SafeTensorsWriter.WriteDoubles"/>.</summary>
    public void WriteDoubles(string name, ReadOnlySpan<double> numbers) => Holder(name).WriteDoubles(name, numbers);

    /// <summary>Puts everything on the disk and in its place, then removes weights that no longer belong to the folder.</summary>
    /// <exception cref="InvalidOperationException">A declared tensor is not written to its end.</exception>
    public void Complete()
    {
        foreach (var writer in _writers) writer.Flush();
        foreach (var writer in _writers) writer.Rename();
        var index = Path.Combine(_folder, CheckpointIndex.FileName);
        var map = _holders.Select(pair => KeyValuePair.Create(pair.Key, Path.GetFileName(pair.Value.Path)));
        if (_writers.Count == 1) File.Delete(index);
        else CheckpointIndex.Write(index, map, _totalBytes);
        var written = _writers.Select(writer => Path.GetFileName(writer.Path)).ToHashSet();
        foreach (var path in Directory.GetFiles(_folder, "model*.safetensors"))
            if (WeightFileName().IsMatch(Path.GetFileName(path)) && !written.Contains(Path.GetFileName(path))) File.Delete(path);
    }

    /// <summary>Without a <see cref="Complete"/> before it: gives up, leaving what was there.</summary>
    public void Dispose() => _writers.ForEach(writer => writer.Dispose());

    private SafeTensorsWriter Holder(string name) => _holders.TryGetValue(name, out var writer)
        ? writer
        : throw new KeyNotFoundException($"{_folder}: tensor {name} was not declared");

    [GeneratedRegex(@"^model(-\d{5}-of-\d{5})?\.safetensors$")]
    private static partial Regex WeightFileName();
}
