using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Softly.Cli;
using Softly.Cli.Recipes;
using Softly.Cli.Rewards;
using Softly.Tasks;
using Softly.Training;

namespace Softly.Tests.Cli;

/// <summary>The keys of rewards: each reaches the trainer, and none is taken where it would do nothing.</summary>
public sealed partial class RewardKeyTests : IDisposable
{
    private const string Mine = """
        class Mine : IReward
        {
            public string Name { get; init; } = "mine";
            public int Target { get; init; } = 3;
            public double Score(RewardContext context) => context.Length - Target;
        }
        class Yours : IReward
        {
            public string Name => "yours";
            public double Score(RewardContext context) => context.Fields.Count;
        }
        """;

    private const string Torn = """
        class Torn : IReward
        {
            public string Name => throw new InvalidOperationException("torn");
            public double Score(RewardContext context) => 0;
        }
        """;

    private const string Unsure = """
        class Unsure : IReward
        {
            public string Name => "unsure";
            public string? Problem => throw new InvalidOperationException("torn");
            public double Score(RewardContext context) => 0;
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Write(string text, string name = "Mine.cs")
    {
        File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }

    private static (RewardOptions Options, List<string> Wrong) Read(params string[] keys)
    {
        var wrong = new List<string>();
        var recipe = RecipeReader.Read(null, keys);
        return (new RewardPlan(recipe, Setup.MakeTask(recipe), Graders.Find, wrong).Make(), wrong);
    }

    private static readonly (string Key, string Beside)[] All =
    [
        ("reward_funcs=format", ""), ("reward_weights=2", ""), ("multi_objective_aggregation=normalize_then_sum", ""),
        ("reward_time_limit=1", "reward_funcs={mine}:mine"), ("reward_timeouts=3", "reward_funcs={mine}:mine"),
        ("watch_grader=task", "reward_funcs=format"), ("watch_gap=0.5", "reward_funcs=format watch_grader=task"),
        ("watch_share=0.5", "reward_funcs=format,accuracy"), ("watch_length=3", ""), ("watch_duplicates=0.5", ""),
        ("watch_failed=0.5", ""),
    ];

    [Fact]
    public void Every_key_reaches_the_trainer()
    {
        var mine = Write(Mine);
        foreach (var (key, beside) in All)
        {
            string[] around = [.. beside.Replace("{mine}", mine).Split(' ', StringSplitOptions.RemoveEmptyEntries)];
            var (before, _) = Read(around);
            var (after, wrong) = Read([.. around, key]);
            Assert.Empty(wrong);
            static object Shape(RewardOptions o) => (
                string.Join(' ', o.Rewards.Select(r => (r.Reward.Name, r.Weight))), o.Aggregation, o.Watching?.Name, o.TimeLimit,
                o.MostTimeouts, o.Bounds);
            Assert.True(!Shape(before).Equals(Shape(after)), $"{key} changes nothing");
        }
        var names = RecipeReader.Keys.Select(k => k.Name).ToList();
        var section = names.Skip(names.IndexOf("reward_funcs"))
            .Take(names.IndexOf("watch_failed") - names.IndexOf("reward_funcs") + 1);
        Assert.Equal(section, All.Select(k => k.Key.Split('=')[0]));
    }

    [Fact]
    public void Nothing_given_is_the_task_s_own_judgement()
    {
        var (options, wrong) = Read();
        Assert.Empty(wrong);
        Assert.True(options.IsDefault);
        Assert.Equal(new TrainingOptions().Rewards.Rewards, options.Rewards);
    }

    [Fact]
    public void A_yaml_list_is_the_same_as_commas()
    {
        var path = Write("""
            reward_funcs: [accuracy, length(target=20, spread=5), "format(pattern='a, b')"]
            reward_weights:
              - 1
              - 0.5
              - -2
            """, "recipe.yaml");
        var recipe = RecipeReader.Read(path, []);
        Assert.Equal("accuracy, length(target=20, spread=5), format(pattern='a, b')", recipe.RewardFuncs);
        Assert.Equal("1, 0.5, -2", recipe.RewardWeights);
        var again = Write(RecipeReader.Write(recipe), "again.yaml");
        Assert.Equal(recipe, RecipeReader.Read(again, []));
        var wrong = new List<string>();
        var options = new RewardPlan(recipe, TaskCatalog.Find("countdown-3"), Graders.Find, wrong).Make();
        Assert.Empty(wrong);
        Assert.Equal([("accuracy", 1), ("length", 0.5), ("format", -2.0)], options.Rewards.Select(r => (r.Name, r.Weight)));
        Assert.Equal((20, 5), ((LengthReward)options.Rewards[1].Reward) is var l ? (l.Target, l.Spread) : default);
        var list = Write("seed: [1, 2]", "list.yaml"); // only keys that are lists
        var empty = Write("reward_funcs: []", "empty.yaml");
        Assert.Contains("found an empty list", Assert.Throws<UserError>(() => RecipeReader.Read(empty, [])).Message);
        Assert.Contains("expected one value, found a list", Assert.Throws<UserError>(() => RecipeReader.Read(list, [])).Message);
    }

    [Fact]
    public void A_file_of_ones_own_is_compiled_and_set()
    {
        var mine = Write(Mine);
        var (options, wrong) = Read($"reward_funcs=accuracy, {mine}:mine(target=5 name=five), {mine}:yours");
        Assert.Empty(wrong);
        Assert.Equal(["accuracy", "five", "yours"], options.Rewards.Select(r => r.Reward.Name));
        Assert.Equal([false, true, true], options.Rewards.Select(r => r.Foreign));
        Assert.Equal(4, options.Rewards[1].Reward.Score(Context("x")));
        Assert.Same(options.Rewards[1].Reward.GetType().Assembly, options.Rewards[2].Reward.GetType().Assembly);
    }

    [Fact]
    public void So_is_an_assembly_with_what_lies_beside_it()
    {
        // Two libraries, of which the reward needs the other: loaded from where they lie, IReward from this program.
        var ruler = Emit("Ruler", "public static class Ruler { public static double Of(string text) => text.Length; }");
        var library = Emit(
            "Measured", "public class Measured : Softly.Tasks.IReward { public string Name => \"measured\"; "
            + "public double Score(Softly.Tasks.RewardContext context) => Ruler.Of(context.Completion); }", ruler);
        var (options, wrong) = Read($"reward_funcs={library}");
        Assert.Empty(wrong);
        Assert.Equal(("measured", true), (options.Rewards[0].Reward.Name, options.Rewards[0].Foreign));
        Assert.Equal(5, options.Rewards[0].Reward.Score(Context("seven")));
        Assert.Contains("no .NET assembly", Assert.Single(Read($"reward_funcs={Write("nonsense", "no.dll")}").Wrong));
    }

    private string Emit(string name, string text, params string[] beside)
    {
        var library = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string[] references =
            [.. Directory.GetFiles(library, "System*.dll"), typeof(IReward).Assembly.Location, .. beside];
        var path = _folder.File(name + ".dll");
        var result = CSharpCompilation.Create(
            name, [CSharpSyntaxTree.ParseText(text)],
            references.Where(IsManaged).Select(r => MetadataReference.CreateFromFile(r)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)).Emit(path);
        Assert.True(result.Success, string.Join(Environment.NewLine, result.Diagnostics));
        return path;
    }

    private static bool IsManaged(string path) => !Path.GetFileName(path).Contains(".Native", StringComparison.Ordinal);

    private static RewardContext Context(string completion) => new()
    {
        Problem = new Problem("p", "ask", "42"), Completion = completion, Length = 9, Limit = 20, Ending = Ending.End,
        Group = [completion], Index = 0, Grade = new Grade(0, Verdict.Wrong, ""),
    };

    [Fact]
    public void What_was_compiled_goes_when_nobody_uses_it()
    {
        var assembly = Forgotten();
        for (var i = 0; i < 50 && assembly.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.False(assembly.IsAlive);

        [MethodImpl(MethodImplOptions.NoInlining)]
        WeakReference Forgotten()
        {
            var (options, _) = Read($"reward_funcs={Write(Mine)}:mine");
            Assert.Equal(6, options.Rewards[0].Reward.Score(Context("x")));
            return new WeakReference(options.Rewards[0].Reward.GetType().Assembly);
        }
    }

    [Fact]
    public void Every_shipped_recipe_s_rewards_can_be_made()
    {
        var recipes = Directory.GetFiles(Path.Combine(Reference.Repository, "recipes", "rewards"), "*.yaml");
        Assert.NotEmpty(recipes);
        foreach (var path in recipes)
        {
            var recipe = RecipeReader.Read(path, []);
            var here = recipe.RewardFuncs!.Replace("recipes/", Path.Combine(Reference.Repository, "recipes") + "/");
            var wrong = new List<string>();
            var options = new RewardPlan(recipe with { RewardFuncs = here }, new Named(recipe.Task), Graders.Find, wrong).Make();
            Assert.Empty(wrong);
            Assert.True(options.Rewards.Count > 2);
        }
    }

    /// <summary>A task that is not asked anything but its name.</summary>
    private sealed class Named(string name) : ITask
    {
        public string Name => name;
        public string Description => "";
        public IReadOnlyList<string>? Vocabulary => null;
        public string? ThinkEnd => null;
        public int? CompletionLength => null;
        public IReadOnlyList<Problem> Problems(Split split, int count, ulong seed) => [];
        public Grade Grade(Problem problem, string completion) => throw new NotSupportedException();
        public Demonstration? Demonstrate(Problem problem, Random random) => null;
        public double? GuessChance(Problem problem) => null;
    }

    [Fact]
    public void What_does_not_compile_is_shown_with_file_and_line()
    {
        var path = Write(
            "class Mine : IReward\n{\n    public string Name => \"mine\"\n    public double Score(Context c) => 1;\n}\n");
        var lines = Assert.Single(Read($"reward_funcs={path}").Wrong).Split(Environment.NewLine);
        Assert.Contains($"{path}:3: CS1002: ; expected", lines);
        Assert.Contains(lines, l => l.StartsWith($"{path}:4: CS0246: ", StringComparison.Ordinal) && l.Contains("'Context'"));
        var many = Write(string.Concat(Enumerable.Repeat("int x = ;\n", 30)) + Mine, "Many.cs");
        Assert.EndsWith("more", Assert.Single(Read($"reward_funcs={many}").Wrong));
    }

    [Theory]
    [InlineData("reward_funcs=acuracy", "did you mean 'accuracy'?")]
    [InlineData("reward_funcs=accuracy,", "between two commas no reward is named")]
    [InlineData("reward_funcs=nowhere.cs", "nowhere.cs: there is no such file")]
    [InlineData("reward_funcs={mine}", "Mine.cs has several rewards: say which, as in {mine}:mine.")]
    [InlineData("reward_funcs={mine}:mien", "there is no reward 'mien'; did you mean 'mine'? Rewards of the file: mine, yours.")]
    [InlineData("reward_funcs={mine}:mine(taget=3)", "there is no setting 'taget'; did you mean 'target'?")]
    [InlineData("reward_funcs={mine}:mine(target=x)", "target: expected a whole number, found 'x'")]
    [InlineData("reward_funcs={mine}:mine(name='my own')", "'my own' is no name for a reward")]
    [InlineData("reward_funcs={torn}", "Torn cannot be made: InvalidOperationException: torn")]
    [InlineData("reward_funcs={unsure}", "Unsure.cs: InvalidOperationException: torn")]
    [InlineData("reward_funcs=format,format", "2 rewards are called 'format': give one another name, as in format(name=other)")]
    [InlineData("reward_funcs=format reward_weights=1,2", "reward_weights has 2 numbers for 1 reward (format)")]
    [InlineData("reward_funcs=format,accuracy reward_weights=1,two", "found 'two'")]
    [InlineData("reward_funcs=format,accuracy reward_weights=0,0", "nothing would be learned")]
    [InlineData("reward_time_limit=1", "does nothing without rewards of your own")]
    [InlineData("reward_timeouts=1 reward_funcs=format", "does nothing without rewards of your own")]
    [InlineData("watch_gap=1", "watch_gap does nothing without watch_grader")]
    [InlineData("watch_share=1", "watch_share does nothing with one reward")]
    [InlineData("watch_grader=task", "is what the reward accuracy goes by, and would watch nothing")]
    [InlineData("watch_grader=task reward_funcs=cosine", "is what the reward cosine goes by")]
    [InlineData("watch_grader=gsm8k reward_funcs=accuracy(grader=gsm8k)", "is what the reward accuracy_gsm8k goes by")]
    [InlineData("watch_grader=gsm9k reward_funcs=format", "watch_grader: there is no grader 'gsm9k'; did you mean 'gsm8k'?")]
    public void What_is_wrong_is_named_with_its_remedy(string keys, string expected)
    {
        var mine = Write(Mine);
        // blanks inside quotes belong to the value
        var words = KeyStart().Split(keys.Replace("{mine}", mine)
            .Replace("{torn}", Write(Torn, "Torn.cs")).Replace("{unsure}", Write(Unsure, "Unsure.cs")));
        Assert.Contains(expected.Replace("{mine}", mine), Assert.Single(Read(words).Wrong));
    }

    [GeneratedRegex(@" (?=[a-z_]+=[^ ']*(?: |\z))")]
    private static partial Regex KeyStart();

    /// <summary>What the page shows is what works.</summary>
    [Fact]
    public void The_examples_of_the_documentation_compile()
    {
        var page = File.ReadAllText(Path.Combine(Reference.Repository, "docs", "rewards.md"));
        var blocks = CodeBlock().Matches(page).Select(m => m.Groups[1].Value).ToList();
        Assert.NotEmpty(blocks);
        foreach (var block in blocks)
        {
            var (options, wrong) = Read($"reward_funcs={Write(block, "Example.cs")}");
            Assert.Empty(wrong);
            Assert.Single(options.Rewards);
        }
    }

    [GeneratedRegex(@"```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
