using System.Text.Json;
using Softly.Models;
using Softly.Models.Weights;
using Softly.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Training;

/// <summary>
/// A training state on disk: the model as any tool of Hugging Face's reads it (where an adapter is trained, the adapter as PEFT
/// reads it), and beside it what a resumed run needs: AdamW's moments and counters. All randomness is a function of the seed,
/// the step and the problems drawn, so there is no generator to save.
/// </summary>
public static class Checkpoint
{
    private const string StateFile = "softly_state.json";
    private const string MomentsFile = "optimizer.safetensors";

    // ProblemsDrawn is missing in states of before there was dynamic sampling: as many as the steps had.
    // Watched is missing in states of before runs were watched: the first steps are then those after the resumption.
    private sealed record State(
        int Step, int OptimizerUpdates, long TokensSeen, long? ProblemsDrawn = null, WatchState? Watched = null);

    /// <summary>
    /// Writes a checkpoint into a folder that is not looked at before it is complete (see <c>RunFolder.BeginCheckpoint</c>).
    /// </summary>
    /// <param name="trainer">What is saved.</param>
    /// <param name="tokenizer">The model's, saved beside it.</param>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <param name="baseModel">Where the model of an adapter is; of no matter where there is no adapter.</param>
    public static void Write(Trainer trainer, Tokenizer tokenizer, string folder, string? baseModel = null)
    {
        tokenizer.Save(folder); // first: the generation settings that came with it stay as they came
        if (trainer.Policy.Adapter is { } adapter) PretrainedAdapter.Save(adapter, folder, baseModel);
        else PretrainedModel.Save(trainer.Policy, folder);
        var moments = Moments(trainer).ToList();
        using (var writer = new SafeTensorsWriter(
            Path.Combine(folder, MomentsFile),
            [.. moments.Select(m => new WeightEntry(m.Name, StoredType.F32, m.Tensor.shape))]))
        {
            foreach (var (name, tensor) in moments)
            {
                using var host = tensor.to(ScalarType.Float32, CPU).contiguous();
                writer.Write(name, PretrainedModel.Memory(host));
            }
            writer.Complete();
        }
        File.WriteAllText(
            Path.Combine(folder, StateFile),
            JsonSerializer.Serialize(new State(
                trainer.StepsDone, trainer.Optimizer.Updates, trainer.TokensSeen, trainer.ProblemsDrawn, trainer.Watched)));
    }

    /// <summary>Brings a trainer to where a checkpoint stood: parameters, moments and counters.</summary>
    /// <exception cref="InvalidDataException">
    /// The checkpoint is damaged or of another model; the message names the file.
    /// </exception>
    public static void Read(Trainer trainer, string folder)
    {
        using var off = no_grad();
        if (trainer.Policy.Adapter is { } adapter) PretrainedAdapter.ReadInto(adapter, folder);
        else
        {
            using var model = PretrainedModel.Load(
                folder, trainer.Policy.Type, trainer.Policy.Device, trainer.Policy.Config.MaxPositions);
            if (model.ParameterCount != trainer.Policy.ParameterCount)
                throw new InvalidDataException($"{folder}: a checkpoint of another model: {model.ParameterCount:N0} parameters, "
                    + $"the recipe's has {trainer.Policy.ParameterCount:N0}");
            trainer.Policy.CopyFrom(model);
        }
        ReadState(trainer, folder);
    }

    /// <summary>
    /// The rest of a checkpoint, moments and counters, for a trainer whose policy was loaded from the same folder.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// The checkpoint is damaged or of another model; the message names the file.
    /// </exception>
    public static void ReadState(Trainer trainer, string folder)
    {
        using var off = no_grad();
        using var file = new SafeTensorsFile(Path.Combine(folder, MomentsFile));
        foreach (var (name, tensor) in Moments(trainer))
        {
            if (!file.Entries.TryGetValue(name, out var entry) || !entry.Shape.SequenceEqual(tensor.shape))
                throw new InvalidDataException(
                    $"{file.Path}: {name} is missing or has another shape than the model's {string.Join("×", tensor.shape)}");
            using var host = empty([.. tensor.shape], ScalarType.Float32);
            file.Read(name, PretrainedModel.Memory(host));
            tensor.copy_(host);
        }
        var path = Path.Combine(folder, StateFile);
        var state = (File.Exists(path) ? JsonSerializer.Deserialize<State>(File.ReadAllText(path)) : null)
            ?? throw new InvalidDataException(
                $"{path}: missing, so the run cannot be resumed; start a new one from this folder with model_name_or_path");
        trainer.Watched = state.Watched ?? WatchState.None;
        trainer.ContinueFrom(state.Step, state.OptimizerUpdates, state.TokensSeen, state.ProblemsDrawn);
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Moments(Trainer trainer) =>
        trainer.Optimizer.Means.Select((m, i) => ($"mean.{i}", m))
            .Concat(trainer.Optimizer.Squares.Select((m, i) => ($"square.{i}", m)));
}
