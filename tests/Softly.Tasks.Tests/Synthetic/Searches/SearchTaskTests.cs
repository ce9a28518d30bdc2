using CsCheck;
using Softly.Tasks;
using Softly.Tasks.Statistics;

namespace Softly.Tests.Synthetic.Searches;

/// <summary>What holds for every search, against walks taken one by one.</summary>
public sealed class SearchTaskTests
{
    private static readonly string[] All = ["reachability", "reachability-two", "subset-sums", "knight-moves"];

    public static TheoryData<string> Names => [.. All];

    public static TheoryData<string, ThoughtForm> Forms =>
        new(All.SelectMany(name => Enum.GetValues<ThoughtForm>().Select(form => (name, form))));

    private const int Candidates = 6;

    private static ITask Thinking(string name, ThoughtForm form) =>
        TaskCatalog.Find(name, null, new TaskSettings { Thoughts = form });

    private static string[] Plain(IEnumerable<DemonstrationStep> steps) => [.. steps.Select(s => s.Target.Single().Word)];

    [Theory, MemberData(nameof(Names))]
    public void Thought_sets_are_what_walks_one_by_one_come_to(string name)
    {
        var task = TaskCatalog.Find(name);
        foreach (var problem in task.Problems(Split.Train, 500, 3))
        {
            var slow = new SlowSearch(name, problem.Prompt);
            var sets = task.ThoughtSets(problem)!;
            Assert.Equal(SlowSearch.StepsOf(name), sets.Count);
            foreach (var (t, set) in sets.Index())
            {
                Assert.Equal(set.Count, set.Distinct().Count());
                Assert.True(slow.After(t + 1).SetEquals(set), problem.Prompt);
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Exactly_one_candidate_of_each_group_can_be_reached(string name)
    {
        var task = TaskCatalog.Find(name);
        foreach (var problem in task.Problems(Split.Train, 5000, 4))
        {
            var slow = new SlowSearch(name, problem.Prompt);
            Assert.Equal(name == "reachability" ? 1 : 2, slow.Candidates.Length);
            Assert.All(slow.Candidates, group => Assert.Equal(Candidates, group.Length));
            var candidates = slow.Candidates.SelectMany(c => c).ToArray();
            Assert.Equal(candidates.Length, candidates.Distinct().Count());
            Assert.DoesNotContain(slow.Root, candidates);
            Assert.Equal(problem.Answer.Split(' '), slow.Candidates.Index().Select(c => Assert.Single(slow.Right(c.Index))));
            Assert.Equal(":", problem.Prompt.Split(' ')[^2]);
        }
    }

    [Theory, MemberData(nameof(Forms))]
    public void Demonstrations_of_every_form_are_right_fit_and_think_within_the_true_sets(string name, ThoughtForm form)
    {
        var task = Thinking(name, form);
        Assert.Equal(name, task.Name);
        var words = task.Vocabulary!.ToHashSet();
        var random = new Random(5);
        var longest = 0;
        foreach (var problem in Enum.GetValues<Split>().SelectMany(split => task.Problems(split, 150, 6)))
        {
            var steps = task.Demonstrate(problem, random)!.Steps;
            Assert.All(steps, s => Assert.All(s.Target, w => Assert.Contains(w.Word, words)));
            Assert.All(steps, s => Assert.Equal(1, s.Target.Sum(w => w.Weight), 1e-9));
            Assert.All(steps, s => Assert.Null(s.Input));
            var thoughts = steps.TakeWhile(s => s.IsThought).ToArray();
            Assert.Equal([">", .. problem.Answer.Split(' '), "<end>"], Plain(steps.Skip(thoughts.Length)));
            Assert.All(steps.Skip(thoughts.Length), s => Assert.False(s.IsThought));
            var grade = task.Grade(problem, string.Join(' ', steps.Select(s => s.Target[0].Word)));
            Assert.True(grade is { Verdict: Verdict.Right, Score: 1 }, $"{problem.Prompt} {grade}");

            var sets = task.ThoughtSets(problem)!;
            if (form != ThoughtForm.Blank) Assert.Equal(sets.Count, thoughts.Length);
            foreach (var (thought, set) in thoughts.Zip(sets)) Assert.All(thought.Target, w => Assert.Contains(w.Word, set));
            CheckThoughts(form, thoughts, new SlowSearch(name, problem.Prompt), problem.Answer.Split(' '));
            longest = Math.Max(longest, steps.Count);
        }
        // Blank thoughts are no part of a demonstration, but need room; of written ones there is room for the most there can be.
        if (form == ThoughtForm.Blank) Assert.Equal(task.CompletionLength, longest + SlowSearch.StepsOf(name));
        else if (form == ThoughtForm.Written) Assert.InRange(longest, 8, task.CompletionLength!.Value);
        else Assert.Equal(task.CompletionLength, longest);
    }

    private static void CheckThoughts(ThoughtForm form, DemonstrationStep[] thoughts, SlowSearch slow, string[] answer)
    {
        bool IsWalk(IEnumerable<string> walk) => slow.Walks.Any(w => w.SequenceEqual(walk));
        if (form == ThoughtForm.Mixed)
            form = thoughts.All(t => t.Target.Count == 1) ? ThoughtForm.Path : ThoughtForm.Frontier;
        switch (form)
        {
            case ThoughtForm.Path:
                Assert.True(IsWalk(Plain(thoughts)));
                Assert.Contains(Plain(thoughts)[^1], answer);
                break;
            case ThoughtForm.Frontier:
                foreach (var (t, thought) in thoughts.Index())
                {
                    Assert.True(slow.After(t + 1).SetEquals(thought.Target.Select(w => w.Word)));
                    Assert.All(thought.Target, w => Assert.Equal(1.0 / thought.Target.Count, w.Weight, 1e-12));
                }
                break;
            case ThoughtForm.Paths:
                Assert.Equal(slow.Steps * answer.Length, thoughts.Length);
                foreach (var (target, walk) in answer.Zip(Plain(thoughts).Chunk(slow.Steps)))
                {
                    Assert.True(IsWalk(walk));
                    Assert.Equal(target, walk[^1]);
                }
                break;
            case ThoughtForm.Written:
                var sets = string.Join(' ', Plain(thoughts)).Split(" | ").Select(s => s.Split(' ')).ToArray();
                Assert.Equal(slow.Steps, sets.Length);
                foreach (var (t, set) in sets.Index()) Assert.Equal(slow.After(t + 1).OrderBy(int.Parse), set);
                break;
            default:
                Assert.Empty(thoughts);
                break;
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Mixed_demonstrations_are_paths_and_sets_half_and_half_and_a_path_goes_to_each_answer_half_the_time(string name)
    {
        var problem = TaskCatalog.Find(name).Problems(Split.Train, 1, 8)[0];
        var random = new Random(9);
        const int Draws = 4000;
        var mixed = Thinking(name, ThoughtForm.Mixed);
        var paths = Enumerable.Range(0, Draws).Count(_ => mixed.Demonstrate(problem, random)!.Steps[2].Target.Count == 1);
        Assert.Equal(0.5, paths / (double)Draws, 4.5 * Math.Sqrt(0.25 / Draws));
        if (name == "reachability") return;
        var path = Thinking(name, ThoughtForm.Path);
        var first = problem.Answer.Split(' ')[0];
        var last = SlowSearch.StepsOf(name) - 1;
        var firsts = Enumerable.Range(0, Draws).Count(_ => Plain(path.Demonstrate(problem, random)!.Steps)[last] == first);
        Assert.Equal(0.5, firsts / (double)Draws, 4.5 * Math.Sqrt(0.25 / Draws));
    }

    /// <summary>χ² of the walks to one answer, over problems where there are several; 4.5 deviations of the sum.</summary>
    [Theory, MemberData(nameof(Names))]
    public void Every_way_to_an_answer_is_demonstrated_equally_often(string name)
    {
        var task = Thinking(name, ThoughtForm.Paths);
        var random = new Random(10);
        var (statistic, freedom) = (0.0, 0);
        foreach (var problem in task.Problems(Split.Train, 400, 11))
        {
            var slow = new SlowSearch(name, problem.Prompt);
            var ways = slow.Walks.Where(w => w[^1] == problem.Answer.Split(' ')[0]).Select(w => string.Join(' ', w)).ToArray();
            if (ways.Length < 2 || freedom >= 60) continue;
            var expected = 200.0;
            var seen = Enumerable.Range(0, (int)expected * ways.Length)
                .CountBy(_ => string.Join(' ', Plain(task.Demonstrate(problem, random)!.Steps.Take(slow.Steps)))).ToDictionary();
            Assert.Equal(ways.Order(), seen.Keys.Order());
            statistic += seen.Values.Sum(n => (n - expected) * (n - expected) / expected);
            freedom += ways.Length - 1;
        }
        Assert.InRange(freedom, 10, 200);
        Assert.Equal(freedom, statistic, 4.5 * Math.Sqrt(2 * freedom));
    }

    [Theory, MemberData(nameof(Names))]
    public void The_guess_curve_is_that_of_a_uniform_guesser(string name)
    {
        var task = TaskCatalog.Find(name);
        var random = new Random(12);
        var problems = task.Problems(Split.Test, 60, 13);
        var (counts, chances) = (new Dictionary<int, int>(), problems.Select(p => task.GuessChance(p)!.Value).ToArray());
        Assert.All(chances, p => Assert.Equal(Math.Pow(Candidates, name == "reachability" ? -1 : -2), p, 1e-12));
        const int Series = 80;
        foreach (var problem in problems)
        {
            var slow = new SlowSearch(name, problem.Prompt);
            for (var series = 0; series < Series; series++)
            {
                var first = Enumerable.Range(1, 32).FirstOrDefault(_ => task.Grade(problem,
                    "> " + string.Join(' ', slow.Candidates.Select(c => c[random.Next(c.Length)]))).Verdict == Verdict.Right, 99);
                foreach (var k in new[] { 1, 4, 16, 32 }) if (first <= k) counts[k] = counts.GetValueOrDefault(k) + 1;
            }
        }
        var n = (double)problems.Count * Series;
        foreach (var k in new[] { 1, 4, 16, 32 })
        {
            var p = GuessCurve.At(k, chances);
            Assert.Equal(p, counts[k] / n, 4.5 * Math.Sqrt(p * (1 - p) / n));
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Another_question_has_the_same_beginning_and_content_and_is_as_good_a_problem(string name)
    {
        var task = TaskCatalog.Find(name);
        var random = new Random(14);
        foreach (var problem in task.Problems(Split.Train, 300, 15))
        {
            var (before, other) = (new SlowSearch(name, problem.Prompt), task.Ask(problem, random));
            var after = new SlowSearch(name, other.Prompt);
            Assert.NotEqual(problem.Id, other.Id);
            Assert.NotEqual(problem.Prompt, other.Prompt);
            Assert.Equal(before.Beginning, after.Beginning);
            if (name == "subset-sums") Assert.Equal("0", after.Root);
            else Assert.NotEqual(before.Root, after.Root);
            Assert.Equal(task.ContentOf(problem), task.ContentOf(other));
            var candidates = after.Candidates.SelectMany(c => c).ToArray();
            Assert.Equal(after.Candidates.Length * Candidates, candidates.Distinct().Count());
            Assert.DoesNotContain(after.Root, candidates);
            Assert.Equal(other.Answer.Split(' '), after.Candidates.Index().Select(c => Assert.Single(after.Right(c.Index))));
            Assert.Equal(Verdict.Right, task.Grade(other, "> " + other.Answer).Verdict);
        }
        var one = task.Problems(Split.Train, 1, 15)[0];
        Assert.Equal(task.Ask(one, new Random(3)), task.Ask(one, new Random(3)), (a, b) => a.Id == b.Id && a.Prompt == b.Prompt);
    }

    [Theory, MemberData(nameof(Names))]
    public void No_question_about_a_training_problem_s_subject_is_about_a_test_problem_s(string name)
    {
        var task = TaskCatalog.Find(name);
        var random = new Random(16);
        var train = task.Problems(Split.Train, 2000, 17);
        var test = task.Problems(Split.Test, 300, 18);
        HashSet<string> asked = [.. train.Concat(train.Select(p => task.Ask(p, random))).Select(task.ContentOf)];
        Assert.Empty(asked.Intersect(test.Concat(test.Select(p => task.Ask(p, random))).Select(task.ContentOf)));
    }

    [Theory, MemberData(nameof(Names))]
    public void A_picture_has_every_step_of_every_walk_and_the_candidates(string name)
    {
        var task = TaskCatalog.Find(name);
        foreach (var problem in task.Problems(Split.Test, 50, 20))
        {
            var (slow, graph) = (new SlowSearch(name, problem.Prompt), task.GraphOf(problem)!);
            Assert.Equal(slow.Root, graph.Root);
            Assert.Equal(slow.Candidates, graph.Candidates);
            Assert.Equal(graph.Nodes.Count, graph.Nodes.Distinct().Count());
            Assert.Equal(graph.Edges.Count, graph.Edges.Distinct().Count());
            Assert.Superset(graph.Edges.SelectMany(e => new[] { e.From, e.To }).ToHashSet(), graph.Nodes.ToHashSet());
            Assert.Superset(slow.Candidates.SelectMany(c => c).ToHashSet(), graph.Nodes.ToHashSet());
            var walked = slow.Walks.SelectMany(w => w.Prepend(slow.Root).Zip(w)).Where(e => e.First != e.Second).ToHashSet();
            Assert.Superset(walked, graph.Edges.ToHashSet());
            if (name.StartsWith("reach"))
                Assert.Equal(slow.Beginning.Order(), graph.Edges.Select(e => $"{e.From}&>{e.To}").Order());
            if (name == "subset-sums") Assert.True(walked.SetEquals(graph.Edges));
            // Each step's own edges are those that walks take at that step.
            Assert.Equal(!name.StartsWith("subset"), graph.StepsOf is null);
            foreach (var (edge, steps) in graph.Edges.Zip(graph.StepsOf ?? []))
                Assert.Equal(
                    slow.Walks.SelectMany(w => w.Prepend(slow.Root).Zip(w).Index())
                        .Where(e => e.Item == edge).Select(e => e.Index + 1).Distinct().Order(), steps);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Prompts_of_any_words_are_read_or_refused_never_thrown_at(string name)
    {
        var task = TaskCatalog.Find(name);
        var prompts = task.Problems(Split.Test, 20, 21).Select(p => p.Prompt.Split(' ')).ToArray();
        var own = Gen.Int[0, 19].SelectMany(i => Gen.Int[0, prompts[i].Length - 1].Select(j => prompts[i][j]));
        var word = Gen.OneOf(
            own, Gen.Int[0, task.Vocabulary!.Count - 1].Select(i => task.Vocabulary[i]), Gen.Const("a&"), Gen.Const("x&"),
            Gen.Const("&>"), Gen.Const("+"), Gen.Const("b&99999999999"), Gen.String);
        var cut = Gen.Select(Gen.Int[0, 19], Gen.Int[0, 60], word, (i, at, with) =>
            string.Join(' ', prompts[i].Index().Select(w => w.Index == at ? with : w.Item)));
        Gen.OneOf(word.Array[0, 30].Select(w => string.Join(' ', w)), cut).Sample(prompt =>
        {
            var problem = new Problem("some", prompt, "");
            var grade = task.Grade(problem, "> 1 2");
            var known = task.GraphOf(problem) is not null;
            _ = task.ContentOf(task.Ask(problem, new Random(1)));
            return grade.Reason.Length > 0 && known == task.ThoughtSets(problem) is not null
                && known == task.GuessChance(problem) is not null && (known || task.Demonstrate(problem, new Random(1)) is null)
                && (known || ReferenceEquals(task.Ask(problem, new Random(1)), problem));
        }, iter: 3000);
    }
}
