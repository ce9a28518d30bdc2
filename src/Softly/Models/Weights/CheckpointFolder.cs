namespace Softly.Models.Weights;

/// <summary>
/// The weights of a Hugging Face checkpoint folder: <c>model.safetensors</c>, or shards listed in
/// <c>model.safetensors.index.json</c>.
/// </summary>
public sealed class CheckpointFolder : IWeightFile
{
    internal const string SingleFile = "model.safetensors";

    private readonly List<SafeTensorsFile> _files = [];
    private readonly Dictionary<string, SafeTensorsFile> _holders = [];
    private readonly Dictionary<string, WeightEntry> _entries = [];

    /// <summary>Opens all files of the folder and checks their headers; no tensor is read.</summary>
    /// <exception cref="FileNotFoundException">The folder holds no safetensors weights.</exception>
    /// <exception cref="InvalidDataException">A file is not sound, or shards or tensors the index names are missing.</exception>
    public CheckpointFolder(string folder)
    {
        Path = folder;
        try
        {
            // The order in which transformers looks.
            var single = System.IO.Path.Combine(folder, SingleFile);
            var index = System.IO.Path.Combine(folder, CheckpointIndex.FileName);
            if (File.Exists(single)) Add(Open(single), single);
            else if (File.Exists(index)) AddShards(index);
            else throw new FileNotFoundException($"{folder}: there is no {SingleFile} and no {CheckpointIndex.FileName}", single);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, WeightEntry> Entries => _entries;

    /// <inheritdoc/>
    public void Read(string name, long firstRow, int rowCount, Span<float> into) =>
        Holder(name).Read(name, firstRow, rowCount, into);

    /// <inheritdoc/>
    public bool TryCopy(string name, long firstRow, int rowCount, Span<byte> into) =>
        Holder(name).TryCopy(name, firstRow, rowCount, into);

    /// <inheritdoc/>
    public void Read(string name, Span<float> into) => Holder(name).Read(name, into);

    /// <inheritdoc/>
    public void ReadDoubles(string name, Span<double> into) => Holder(name).ReadDoubles(name, into);

    /// <inheritdoc/>
    public void Dispose() => _files.ForEach(file => file.Dispose());

    private SafeTensorsFile Holder(string name) => _holders[WeightReading.Entry(this, name).Name];

    private SafeTensorsFile Open(string path)
    {
        var file = new SafeTensorsFile(path);
        _files.Add(file);
        return file;
    }

    // Two tensors of one name would leave it to chance, or to a forged index, which of them the model gets.
    private void Add(SafeTensorsFile file, string source)
    {
        foreach (var entry in file.Entries.Values)
        {
            if (_holders.TryAdd(entry.Name, file)) _entries.Add(entry.Name, entry);
            else if (_holders[entry.Name] != file)
            {
                var both = new[] { file, _holders[entry.Name] }.Select(f => System.IO.Path.GetFileName(f.Path))
                    .Order(StringComparer.Ordinal);
                throw Refusal.Of(source, $"tensor {Refusal.Quote(entry.Name)} is in {string.Join(" and in ", both)}");
            }
        }
    }

    private void AddShards(string index)
    {
        var map = CheckpointIndex.Read(index);
        var problems = new List<string>();
        var shards = new Dictionary<string, SafeTensorsFile>();
        foreach (var shard in map.Values.Distinct().Order(StringComparer.Ordinal))
        {
            var path = System.IO.Path.Combine(Path, shard);
            if (File.Exists(path)) shards.Add(shard, Open(path));
            else problems.Add($"shard {shard} is missing");
        }
        foreach (var (name, shard) in map)
        {
            if (!shards.TryGetValue(shard, out var file)) continue;
            if (!file.Entries.TryGetValue(name, out var entry))
            {
                problems.Add($"shard {shard} does not hold tensor {Refusal.Quote(name)}");
                continue;
            }
            _holders.Add(name, file);
            _entries.Add(name, entry);
        }
        if (problems.Count > 0) throw Refusal.Of(index, "what the index names is not there", problems);
        foreach (var file in shards.Values) Add(file, index);
    }
}
