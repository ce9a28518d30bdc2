using System.Diagnostics;
using Softly.Runs;

namespace Softly.Tests.Runs;

public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _at = new();

    public void Dispose() => _at.Dispose();

    [Fact]
    public void A_new_run_holds_its_recipe_and_can_be_viewed_and_resumed()
    {
        var path = _at["a", "run"];
        using (var run = RunFolder.Create(path, "algorithm: soft-grpo\n"))
        {
            Assert.Equal("algorithm: soft-grpo\n", File.ReadAllText(run.RecipePath));
            var seen = RunFolder.View(path);
            Assert.False(seen.IsWritable);
            Assert.Equal(run.Recipe, seen.Recipe);
            Assert.Throws<InvalidOperationException>(() => seen.BeginCheckpoint(1));
        }
        using var again = RunFolder.Resume(path + Path.DirectorySeparatorChar);
        Assert.Equal("algorithm: soft-grpo\n", again.Recipe);
        Assert.Equal(path, again.Path);
        Assert.Null(again.NewestCheckpoint);
    }

    [Fact]
    public void The_lock_is_gone_when_the_run_is_closed()
    {
        RunFolder.Create(_at["run"], "").Dispose();
        Assert.Equal(["recipe.yaml"], Directory.GetFileSystemEntries(_at["run"]).Select(Path.GetFileName));
    }

    [Fact]
    public void A_folder_with_other_things_is_refused_and_left_alone()
    {
        File.WriteAllText(_at["thesis.tex"], "x");
        File.WriteAllText(_at["thesis.pdf"], "x");
        var error = Assert.Throws<RunFolderException>(() => RunFolder.Create(_at.Path, ""));
        Assert.Equal(
            $"{_at.Path} is not empty and not a run: it holds thesis.pdf and 1 more. Choose a folder that is new or empty.",
            error.Message);
        Assert.Equal(2, Directory.GetFileSystemEntries(_at.Path).Length);
    }

    [Fact]
    public void A_run_is_not_begun_twice_and_a_stranger_is_not_resumed()
    {
        RunFolder.Create(_at["run"], "").Dispose();
        Assert.Contains("holds a run already", Assert.Throws<RunFolderException>(() => RunFolder.Create(_at["run"], "")).Message);
        Directory.CreateDirectory(_at["empty"]);
        Assert.Contains("no recipe.yaml", Assert.Throws<RunFolderException>(() => RunFolder.Resume(_at["empty"])).Message);
        Assert.Contains("does not exist", Assert.Throws<RunFolderException>(() => RunFolder.View(_at["nowhere"])).Message);
        File.WriteAllText(_at["file"], "");
        Assert.Contains("is a file", Assert.Throws<RunFolderException>(() => RunFolder.Create(_at["file"], "")).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => RunFolder.Create(_at["none"], "", saveTotalLimit: 0));
    }

    [Fact]
    public void What_an_attempt_that_died_at_once_left_does_not_count()
    {
        File.WriteAllText(_at["run.lock"], "");
        File.WriteAllText(_at["recipe.yaml.unfinished"], "algo");
        using var run = RunFolder.Create(_at.Path, "algorithm: grpo\n");
        Assert.Equal("algorithm: grpo\n", File.ReadAllText(run.RecipePath));
    }

    [Fact]
    public void A_checkpoint_is_found_only_when_it_is_complete()
    {
        using var run = RunFolder.Create(_at["run"], "");
        run.SaveCheckpoint(9, path => File.WriteAllText(Path.Combine(path, "model"), "nine"));
        using (var next = run.BeginCheckpoint(10))
        {
            File.WriteAllText(Path.Combine(next.Path, "model"), "ten");
            Assert.Equal(run.CheckpointPath(9), run.NewestCheckpoint);
            next.Complete();
        }
        Assert.Equal([9, 10], run.CheckpointSteps); // by number: "checkpoint-10" sorts before "checkpoint-9"
        Assert.Equal("ten", File.ReadAllText(Path.Combine(run.NewestCheckpoint!, "model")));
        Directory.CreateDirectory(_at["run", "checkpoint-011"]);
        Directory.CreateDirectory(_at["run", "checkpoint-best"]);
        Assert.Equal([9, 10], run.CheckpointSteps);
    }

    [Fact]
    public void An_abandoned_checkpoint_goes_away_at_once_or_at_the_next_opening()
    {
        using (var run = RunFolder.Create(_at["run"], ""))
        {
            using (var given = run.BeginCheckpoint(5)) File.WriteAllText(Path.Combine(given.Path, "model"), "x");
            Assert.Empty(Directory.GetDirectories(run.Path));
        }
        Directory.CreateDirectory(_at["run", "checkpoint-7.partial", "deep"]); // as a killed process leaves it
        Assert.Empty(RunFolder.View(_at["run"]).CheckpointSteps);
        Assert.True(Directory.Exists(_at["run", "checkpoint-7.partial"])); // a viewer removes nothing
        using var resumed = RunFolder.Resume(_at["run"]);
        Assert.False(Directory.Exists(_at["run", "checkpoint-7.partial"]));
    }

    [Fact]
    public void Only_the_newest_checkpoints_are_kept()
    {
        using var run = RunFolder.Create(_at["run"], "", saveTotalLimit: 2);
        foreach (var step in (int[])[50, 100, 150, 200]) run.SaveCheckpoint(step, Fill);
        Assert.Equal([150, 200], run.CheckpointSteps);
        Assert.Equal(2, Directory.GetDirectories(run.Path).Length);
    }

    [Fact]
    public void Going_back_needs_a_rewind_so_that_the_newest_is_of_this_history()
    {
        using var run = RunFolder.Create(_at["run"], "");
        foreach (var step in (int[])[10, 20, 30]) run.SaveCheckpoint(step, Fill);
        Assert.Contains("checkpoint-30", Assert.Throws<InvalidOperationException>(() => run.BeginCheckpoint(20)).Message);
        run.Rewind(10);
        Assert.Equal([10], run.CheckpointSteps);
        run.SaveCheckpoint(20, Fill);
        Assert.Equal([10, 20], run.CheckpointSteps);
    }

    [Fact]
    public void An_empty_checkpoint_is_not_one()
    {
        using var run = RunFolder.Create(_at["run"], "");
        Assert.Throws<InvalidOperationException>(() => run.SaveCheckpoint(1, _ => { }));
        Assert.Empty(run.CheckpointSteps);
    }

    [Fact]
    public void A_full_disk_leaves_older_checkpoints_and_is_told_with_place_and_room()
    {
        using var run = RunFolder.Create(_at["run"], "", saveTotalLimit: 1);
        run.SaveCheckpoint(10, Fill);
        var error = Assert.Throws<IOException>(() => run.SaveCheckpoint(20, path =>
        {
            Fill(path);
            throw new IOException("No space left on device");
        }));
        Assert.StartsWith($"cannot write {run.CheckpointPath(20)}.partial: No space left on device. ", error.Message);
        Assert.Matches(@"\([0-9]+ bytes\) are free there\. ", error.Message);
        Assert.EndsWith($"Older checkpoints are untouched; the newest is {run.CheckpointPath(10)}.", error.Message);
        Assert.Equal([10], run.CheckpointSteps);
        Assert.Single(Directory.GetDirectories(run.Path));
    }

    [Fact]
    public void A_disk_that_is_really_full_gives_the_same_words()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full here");
        using var run = RunFolder.Create(_at["run"], "");
        var error = Assert.Throws<IOException>(() => run.SaveCheckpoint(1, path =>
        {
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            full.WriteByte(1);
        }));
        Assert.Contains("No space left on device", error.Message);
        Assert.EndsWith("There is no older checkpoint.", error.Message);
    }

    [Fact]
    public void Two_writers_of_one_run_are_not_possible()
    {
        using var run = RunFolder.Create(_at["run"], "");
        var error = Assert.Throws<RunFolderException>(() => RunFolder.Resume(_at["run"]));
        Assert.Contains($"is being written by process {Environment.ProcessId} since", error.Message);
        Assert.Contains("choose another folder", error.Message);
        run.SaveCheckpoint(1, Fill); // the first writer is not disturbed
    }

    [Fact]
    public void The_lock_of_a_dead_process_is_taken_over()
    {
        RunFolder.Create(_at["run"], "").Dispose();
        using var dead = Process.Start(new ProcessStartInfo("true"))!;
        dead.WaitForExit();
        File.WriteAllText(_at["run", "run.lock"], $"{dead.Id} {Environment.MachineName} {DateTime.UtcNow:O}\n");
        RunFolder.Resume(_at["run"]).Dispose();

        // A number used again: this process is alive, but younger than the lock.
        File.WriteAllText(
            _at["run", "run.lock"], $"{Environment.ProcessId} {Environment.MachineName} {DateTime.UtcNow.AddDays(-30):O}\n");
        RunFolder.Resume(_at["run"]).Dispose();

        // A line that was never finished.
        File.WriteAllText(_at["run", "run.lock"], "12");
        RunFolder.Resume(_at["run"]).Dispose();
        Assert.False(File.Exists(_at["run", "run.lock"]));
    }

    [Fact]
    public void The_lock_of_another_machine_is_respected_and_the_remedy_named()
    {
        RunFolder.Create(_at["run"], "").Dispose();
        File.WriteAllText(_at["run", "run.lock"], $"4711 elsewhere {DateTime.UtcNow:O}\n");
        var error = Assert.Throws<RunFolderException>(() => RunFolder.Resume(_at["run"]));
        Assert.Contains("by process 4711 on elsewhere", error.Message);
        Assert.Contains($"delete {_at["run", "run.lock"]}", error.Message);
    }

    [Fact]
    public void Of_many_who_want_the_run_at_once_one_gets_it()
    {
        RunFolder.Create(_at["run"], "").Dispose();
        for (var round = 0; round < 20; round++) OneGetsIt(); // the race shows about once in some hundred rounds
    }

    private void OneGetsIt()
    {
        var got = new System.Collections.Concurrent.ConcurrentBag<RunFolder>();
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            try { got.Add(RunFolder.Resume(_at["run"])); }
            catch (RunFolderException) { }
        });
        Assert.Single(got);
        foreach (var run in got) run.Dispose();
    }

    private static void Fill(string path) => File.WriteAllText(Path.Combine(path, "model"), "weights");
}
