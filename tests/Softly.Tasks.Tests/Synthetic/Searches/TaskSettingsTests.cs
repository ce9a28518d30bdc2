using Softly.Tasks;

namespace Softly.Tests.Synthetic.Searches;

public sealed class TaskSettingsTests
{
    private static string Refusal(string name, TaskSettings settings) =>
        Assert.Throws<ArgumentException>(() => TaskCatalog.Find(name, null, settings)).Message;

    [Fact]
    public void What_a_task_does_not_read_is_refused_by_name_with_what_it_reads()
    {
        Assert.Equal("task_board does nothing here: leave it out; the task reads task_nodes, task_window, "
            + "task_degree, task_hops, task_candidates, task_thoughts",
            Refusal("reachability", new TaskSettings { Board = 6, Hops = 2 }));
        Assert.Equal("task_nodes and task_hops do nothing here: leave them out; the task reads task_terms, "
            + "task_largest, task_candidates, task_thoughts",
            Refusal("subset-sums", new TaskSettings { Nodes = 6, Hops = 2 }));
        Assert.Equal("task_thoughts does nothing here: leave it out; the task reads no task_* setting",
            Refusal("countdown-3", new TaskSettings { Thoughts = ThoughtForm.Frontier }));
        Assert.Equal("task_hops does nothing here: leave it out; the task reads no task_* setting",
            Refusal("jsonl", new TaskSettings { Hops = 1 }));
        Assert.Contains("did you mean 'knight-moves'?", Refusal("knight-move", new TaskSettings { Hops = 1 }));
    }

    [Fact]
    public void Nothing_set_is_the_standard_size()
    {
        foreach (var name in TaskCatalog.Names.Where(n => !TaskCatalog.ReadsFile(n)))
            Assert.Equal(TaskCatalog.Find(name).Description, TaskCatalog.Find(name, null, new TaskSettings()).Description);
    }

    [Theory]
    [InlineData("reachability", "task_nodes 2", "3 to 1000", 2, null, null, null, null)]
    [InlineData("reachability", "task_window 1", "2 to 1000", null, 1, null, null, null)]
    [InlineData("reachability", "task_degree 9", "1 to 8", null, null, 9, null, null)]
    [InlineData("reachability-two", "task_hops 0", "1 to 16", null, null, null, 0, null)]
    [InlineData("knight-moves", "task_hops 17", "1 to 16", null, null, null, 17, null)]
    [InlineData("subset-sums", "task_candidates 1", "2 to 100", null, null, null, null, 1)]
    public void A_size_out_of_range_is_refused_with_what_was_expected(
        string name, string given, string expected, int? nodes, int? window, int? degree, int? hops, int? candidates) =>
        Assert.Equal($"{given} is out of range: expected a whole number from {expected}", Refusal(name, new TaskSettings
        {
            Nodes = nodes, Window = window, Degree = degree, Hops = hops, Candidates = candidates,
        }));

    [Fact]
    public void Sizes_of_sums_and_boards_out_of_range_are_refused_too()
    {
        Assert.Equal("task_terms 13 is out of range: expected a whole number from 4 to 12",
            Refusal("subset-sums", new TaskSettings { Terms = 13 }));
        Assert.Equal("task_largest 1 is out of range: expected a whole number from 2 to 200",
            Refusal("subset-sums", new TaskSettings { Largest = 1 }));
        Assert.Equal("task_board 2 is out of range: expected a whole number from 3 to 16",
            Refusal("knight-moves", new TaskSettings { Board = 2 }));
        Assert.Equal("task_blocked 64 is out of range: expected a whole number from 1 to 63",
            Refusal("knight-moves", new TaskSettings { Blocked = 64 }));
    }

    /// <summary>A size that is left out goes with those that are given, and is never blamed.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(3)]
    public void A_small_board_is_not_refused_for_blocked_squares_that_nobody_asked_for(int board)
    {
        var refusal = Refusal("knight-moves", new TaskSettings { Board = board });
        Assert.DoesNotContain("out of range", refusal);
        Assert.EndsWith("change task_board, task_blocked or task_hops, or lower task_candidates", refusal);
    }

    [Fact]
    public void Sizes_that_no_problem_has_are_refused_with_the_remedy()
    {
        Assert.EndsWith("raise task_nodes, or lower task_candidates or task_hops",
            Refusal("reachability-two", new TaskSettings { Nodes = 10 }));
        Assert.EndsWith("raise task_largest, or lower task_candidates",
            Refusal("subset-sums", new TaskSettings { Largest = 3, Candidates = 6 }));
        Assert.EndsWith("change task_board, task_blocked or task_hops, or lower task_candidates",
            Refusal("knight-moves", new TaskSettings { Board = 6, Blocked = 6 }));
        Assert.StartsWith("too few different problems of these sizes",
            Refusal("reachability", new TaskSettings { Nodes = 8, Window = 2, Hops = 2, Candidates = 2 }));
    }

    /// <summary>Every setting that a task says it reads makes other problems or other demonstrations.</summary>
    [Theory]
    [InlineData("reachability")]
    [InlineData("reachability-two")]
    [InlineData("subset-sums")]
    [InlineData("knight-moves")]
    public void Every_setting_that_is_read_changes_something(string name)
    {
        var changes = new Dictionary<string, TaskSettings>
        {
            ["task_nodes"] = new() { Nodes = 30 },
            ["task_window"] = new() { Window = 10 },
            ["task_degree"] = new() { Degree = 3, Candidates = 3 },
            ["task_hops"] = new() { Hops = 2 },
            ["task_candidates"] = new() { Candidates = 4 },
            ["task_terms"] = new() { Terms = 6 },
            ["task_largest"] = new() { Largest = 28 },
            ["task_board"] = new() { Board = 9 },
            ["task_blocked"] = new() { Blocked = 22 },
        };
        var standard = Prompts(TaskCatalog.Find(name));
        foreach (var key in TaskCatalog.Reads(name).Where(k => k != "task_thoughts"))
        {
            var task = TaskCatalog.Find(name, null, changes[key]);
            Assert.Equal(name, task.Name);
            Assert.NotEqual(TaskCatalog.Find(name).Description, task.Description);
            Assert.Equal(Prompts(task), Prompts(TaskCatalog.Find(name, null, changes[key]))); // the same for the same seed
            Assert.Empty(Prompts(task).Intersect(standard));
        }
        Assert.Contains("task_thoughts", TaskCatalog.Reads(name));

        static string[] Prompts(ITask task) => [.. task.Problems(Split.Test, 20, 5).Select(p => p.Id)];
    }
}
