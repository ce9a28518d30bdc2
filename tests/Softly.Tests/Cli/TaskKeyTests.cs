using Softly.Cli;
using Softly.Cli.Recipes;
using Softly.Tasks;

namespace Softly.Tests.Cli;

/// <summary>The keys task_*: each reaches the tasks that read it, and is refused by all others.</summary>
public sealed class TaskKeyTests
{
    private static readonly Dictionary<string, string> Values = new()
    {
        ["task_nodes"] = "30", ["task_window"] = "10", ["task_degree"] = "3", ["task_hops"] = "2", ["task_candidates"] = "4",
        ["task_terms"] = "6", ["task_largest"] = "28", ["task_board"] = "9", ["task_blocked"] = "22",
        ["task_thoughts"] = "written",
    };

    public static TheoryData<string> Names => [.. TaskCatalog.Names.Where(n => !TaskCatalog.ReadsFile(n))];

    private static ITask Make(params string[] keys) => Setup.MakeTask(RecipeReader.Read(null, keys));

    [Fact]
    public void There_is_a_key_for_every_setting() => Assert.Equal(
        typeof(TaskSettings).GetProperties().Select(p => "task_" + p.Name.ToLowerInvariant()).Order(),
        RecipeReader.Keys.Select(k => k.Name).Where(k => k.StartsWith("task_")).Order());

    [Theory, MemberData(nameof(Names))]
    public void A_key_changes_a_task_that_reads_it_and_is_refused_by_one_that_does_not(string name)
    {
        Assert.Equal(TaskCatalog.Find(name).Description, Make($"task={name}").Description);
        foreach (var (key, value) in Values)
        {
            if (!TaskCatalog.Reads(name).Contains(key))
            {
                var error = Assert.Throws<UserError>(() => Make($"task={name}", $"{key}={value}"));
                Assert.StartsWith($"task {name}: {key} does nothing here: leave it out; the task reads ", error.Message);
                continue;
            }
            // Three edges a node reach so many that fewer candidates are left.
            string[] keys = [$"task={name}", $"{key}={value}", .. key == "task_degree" ? new[] { "task_candidates=3" } : []];
            var (standard, changed) = (TaskCatalog.Find(name), Make(keys));
            Assert.Equal(name, changed.Name);
            if (key == "task_thoughts") Assert.True(changed.CompletionLength > standard.CompletionLength);
            else Assert.NotEqual(standard.Description, changed.Description);
        }
    }

    [Theory]
    [InlineData("path", ThoughtForm.Path)]
    [InlineData("frontier", ThoughtForm.Frontier)]
    [InlineData("paths", ThoughtForm.Paths)]
    [InlineData("written", ThoughtForm.Written)]
    [InlineData("blank", ThoughtForm.Blank)]
    [InlineData("mixed", ThoughtForm.Mixed)]
    public void Every_form_of_thoughts_has_a_name(string name, ThoughtForm form)
    {
        var made = Make("task=reachability-two", $"task_thoughts={name}");
        var meant = new Reachability(2, new TaskSettings { Thoughts = form });
        Assert.Equal(meant.CompletionLength, made.CompletionLength);
        var problem = meant.Problems(Split.Train, 1, 1)[0];
        Assert.Equal(Shown(meant), Shown(made));

        string[] Shown(ITask task) =>
            [.. task.Demonstrate(problem, new Random(7))!.Steps.Select(s => string.Join('&', s.Target.Select(w => w.Word)))];
    }

    [Fact]
    public void A_size_out_of_range_and_an_unknown_form_are_user_errors()
    {
        Assert.Equal("task reachability: task_degree 9 is out of range: expected a whole number from 1 to 8",
            Assert.Throws<UserError>(() => Make("task=reachability", "task_degree=9")).Message);
        Assert.EndsWith("did you mean 'frontier'?",
            Assert.Throws<UserError>(() => Make("task=reachability", "task_thoughts=frontiers")).Message);
    }
}
