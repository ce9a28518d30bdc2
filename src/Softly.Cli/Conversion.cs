using System.Diagnostics;
using Softly.Models.Weights;
using Softly.Runs;
using Softly.Tokenization;

namespace Softly.Cli;

/// <summary>
/// A model carried from one place to another, some rows at a time. All that can be wrong with source and target is found before
/// anything is written, and what is written takes its place only when it is whole.
/// </summary>
/// <param name="source">
/// A Hugging Face folder, a .gguf file, a run's folder, or a LoRA adapter: that is added to the model it changes.
/// </param>
/// <param name="target">A folder, or a file ending in .gguf.</param>
/// <param name="type">How matrices are stored; null for the source's own type.</param>
/// <param name="shardBytes">The most bytes in one safetensors file.</param>
/// <param name="force">Whether a model at the target is replaced.</param>
/// <param name="reporter">Where it is told.</param>
internal sealed class Conversion(
    string source, string target, StoredType? type, long shardBytes, bool force, Reporter reporter)
{
    private readonly ConversionTarget _place = new(target, force);
    private readonly string _target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
    private readonly Stopwatch _clock = new();
    private long _parameters;

    /// <exception cref="UserError">Source or target cannot be used; the message has the remedy.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; the target is as it was.</exception>
    public void Run(CancellationToken stop)
    {
        var from = Source.Weights(source);
        _place.Check(from);
        using var weights = PretrainedWeights.Open(from, ModelName.Find);
        var stored = type ?? OwnType(weights);
        if (!_place.IsGguf && stored.BlockSize() > 1)
            throw new UserError($"--type {stored.Label().ToLowerInvariant()}: safetensors holds f32, f16 or bf16; "
                + "for quantised weights give a target that ends in .gguf");
        var notes = new List<string>();
        _parameters = ParameterLayout.Of(weights.Config).TotalElements;
        _clock.Start();
        if (_place.IsGguf) WriteGguf(from, weights, stored, notes, stop);
        else WriteFolder(from, weights, stored, stop);
        Tell(from, stored, notes);
    }

    private void WriteGguf(
        string from, PretrainedWeights weights, StoredType stored, List<string> notes, CancellationToken stop)
    {
        var keys = Tokenizers.Of(from, weights).ToGguf(weights.Config.VocabularySize, notes);
        Directory.CreateDirectory(Path.GetDirectoryName(_target)!);
        GgufExport.Write(
            _target, weights.Config, weights.File, keys, stored, ModelTitle.Of(from, weights.Metadata), notes, Progress,
            stop);
    }

    private void WriteFolder(string from, PretrainedWeights weights, StoredType stored, CancellationToken stop)
    {
        using var folder = new WholeFolder(_target);
        // A checkpoint's own generation settings come first; what the tokenizer of a GGUF file knows of them comes last.
        var places = Tokenizers.Folders(from);
        foreach (var place in places.Reverse()) TokenizerLoader.CopyFiles(place, folder.Path);
        CheckpointExport.Write(
            folder.Path, weights.Config, weights.File, stored, shardBytes, Progress, stop);
        if (places.Count == 0) TokenizerLoader.FromGguf(weights.Metadata!).Save(folder.Path);
        folder.Complete();
    }

    /// <summary>What most of a model is stored as; single precision where it is quantised or wider.</summary>
    private static StoredType OwnType(PretrainedWeights weights)
    {
        var most = weights.File.Entries.Values.GroupBy(e => e.Type).MaxBy(g => g.Sum(e => e.Elements))!.Key;
        return most is StoredType.F16 or StoredType.BF16 ? most : StoredType.F32;
    }

    private void Progress(long done)
    {
        var share = (double)done / _parameters;
        reporter.Progress($"{100 * share:F0} % of the parameters, {HumanTime.Format(_clock.Elapsed * (1 / share - 1))} to go");
    }

    private void Tell(string from, StoredType stored, List<string> notes)
    {
        var files = _place.IsGguf ? [_target] : Directory.GetFiles(_target);
        var bytes = files.Sum(file => new FileInfo(file).Length);
        if (reporter.Json)
        {
            reporter.Record(new
            {
                source = from, target, type = stored.Label(), parameters = _parameters, bytes,
                files = files.Select(Path.GetFileName).Order(StringComparer.Ordinal), seconds = _clock.Elapsed.TotalSeconds, notes
            });
            return;
        }
        reporter.Say($"{target}: {_parameters:N0} parameters as {stored.Label()}, {HumanBytes.Format(bytes)} "
            + $"in {HumanTime.Format(_clock.Elapsed)}");
        foreach (var note in notes) reporter.Say($"  note: {note}");
    }
}
