using Softly.Runs;

namespace Softly.Cli.Rewards;

/// <summary>
/// Copies of the user's own rewards in the run's folder, under <c>rewards/</c>: what a run learned from can be read later, and a
/// resumed run notices that it would learn from something else.
/// </summary>
internal static class RewardCopies
{
    /// <summary>Copies the files of a new run, or compares those of one that goes on.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="files">The rewards' files.</param>
    /// <param name="resume">Whether the run goes on.</param>
    /// <exception cref="UserError">A file is another than when the run began.</exception>
    public static void Keep(string folder, IReadOnlyList<string> files, bool resume)
    {
        for (var i = 0; i < files.Count; i++)
        {
            // Two files of one name in two folders are told apart by their place.
            var name = Path.GetFileName(files[i]);
            var copy = Path.Combine(folder, "rewards", files.Count > 1 ? $"{i + 1}-{name}" : name);
            var bytes = File.ReadAllBytes(files[i]);
            if (resume && File.Exists(copy))
            {
                if (!bytes.AsSpan().SequenceEqual(File.ReadAllBytes(copy)))
                    throw new UserError($"{files[i]} is another than when the run began, and a resumed run keeps its rewards: "
                        + $"put back {copy}, or start a new run (another output_dir) from the checkpoint with "
                        + "model_name_or_path");
                continue;
            }
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.WriteAllBytes(copy, bytes);
        }
    }
}
