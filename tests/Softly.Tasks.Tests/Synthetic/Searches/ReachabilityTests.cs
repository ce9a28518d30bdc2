using Softly.Tasks;

namespace Softly.Tests.Synthetic.Searches;

public sealed class ReachabilityTests
{
    private static readonly Reachability One = new(1, new TaskSettings { Nodes = 14, Window = 6, Hops = 2, Candidates = 2 });
    private static readonly Reachability Two = new(2, new TaskSettings { Nodes = 14, Window = 6, Hops = 2, Candidates = 2 });

    /// <summary>Two hops from 0 lie 3 (by 1 and by 2) and 4; 5 lies three hops away, 1 one hop.</summary>
    private static Problem Small => new("small", "0&>1 2&>3 1&>3 0&>2 3&>5 2&>4 4&>5 a&5 a&3 b&4 b&1 : 0", "");

    [Theory]
    [InlineData("> 3 4", Verdict.Right, "3 and 4 can be reached")]
    [InlineData("1 2 9 > 3 4 <end> 7", Verdict.Right, "3 and 4 can be reached")]
    [InlineData("> 4 3", Verdict.Wrong, "4 is not a candidate of group a")]
    [InlineData("> 3 3", Verdict.Wrong, "3 is not a candidate of group b")]
    [InlineData("> 5 4", Verdict.Wrong, "5 is not 2 hops from 0")]
    [InlineData("> 3 1", Verdict.Wrong, "1 is not 2 hops from 0")]
    [InlineData("> 3", Verdict.Unparsable, "an answer is one candidate of each group")]
    [InlineData("> 3 4 4", Verdict.Unparsable, "an answer is one candidate of each group")]
    [InlineData("> 3 >4", Verdict.Unparsable, "an answer is one candidate of each group")]
    [InlineData("> 3 99", Verdict.Unparsable, "an answer is one candidate of each group")]
    [InlineData(">", Verdict.Unparsable, "an answer is one candidate of each group")]
    [InlineData("3 4 <end>", Verdict.NoAnswer, "no '>' before the end")]
    public void An_answer_is_right_where_both_candidates_lie_exactly_so_many_hops_away(
        string completion, Verdict expected, string why)
    {
        var grade = Two.Grade(Small, completion);
        Assert.Equal((expected, why, expected == Verdict.Right ? 1.0 : 0), (grade.Verdict, grade.Reason, grade.Score));
    }

    [Fact]
    public void Sets_graph_and_chance_of_a_small_problem()
    {
        Assert.Equal([["1", "2"], ["3", "4"]], Two.ThoughtSets(Small)!);
        Assert.Equal(0.25, Two.GuessChance(Small));
        var graph = Two.GraphOf(Small)!;
        Assert.Equal(14, graph.Nodes.Count);
        Assert.Equal("0", graph.Root);
        Assert.Equal([["5", "3"], ["4", "1"]], graph.Candidates);
        Assert.Equal([("0", "1"), ("0", "2"), ("1", "3"), ("2", "3"), ("2", "4"), ("3", "5"), ("4", "5")], graph.Edges.Order());
    }

    [Theory]
    [InlineData("0&>1 2&>3 a&5 a&3 : 0")] // no second group
    [InlineData("0&>1 2&>3 b&4 b&1 a&5 a&3 : 0")] // b before a
    [InlineData("0&>1 a&5 a&3 2&>3 b&4 b&1 : 0")] // an edge after a candidate
    [InlineData("0&>1 2&>3 a&5 a&3 b&4 b&1 : 14")] // no such node
    [InlineData("0&>1 2&>3 a&5 a&3 b&4 b&1 0 :")] // the root before the colon
    [InlineData("0&>1 2&3 a&5 a&3 b&4 b&1 : 0")] // no edge
    public void A_prompt_that_is_not_of_this_task_is_refused(string prompt) =>
        Assert.Equal("the prompt is not one of this task", Two.Grade(new Problem("x", prompt, ""), "> 3 4").Reason);

    [Fact]
    public void Two_groups_are_not_one_group()
    {
        Assert.Equal(Verdict.Unparsable, One.Grade(Small, "> 3").Verdict);
        Assert.Equal(One.Vocabulary, Two.Vocabulary); // so that a model of the one can go on with the other
    }

    [Fact]
    public void Content_does_not_depend_on_the_names_of_nodes_and_the_order_of_edges_but_on_the_graph()
    {
        var task = new Reachability();
        var random = new Random(1);
        var problems = task.Problems(Split.Train, 300, 2).Concat(task.Problems(Split.Test, 100, 2)).ToArray();
        Assert.Equal(problems.Length, problems.Select(task.ContentOf).Distinct().Count());
        foreach (var problem in problems)
        {
            var slow = new SlowSearch(task.Name, problem.Prompt);
            var names = Enumerable.Range(0, 24).Select(n => n.ToString()).ToArray();
            random.Shuffle(names);
            string Named(string node) => names[int.Parse(node)];
            var edges = slow.Beginning.Select(e => string.Join("&>", e.Split("&>").Select(Named))).ToArray();
            random.Shuffle(edges);
            string Prompt(IEnumerable<string> graph) => string.Join(
                ' ', [.. graph, .. slow.Candidates[0].Select(c => "a&" + Named(c)), ":", Named(slow.Root)]);
            var renamed = new Problem("renamed", Prompt(edges), "");
            Assert.Equal(Verdict.Right, task.Grade(renamed, "> " + Named(problem.Answer)).Verdict);
            Assert.Equal(task.ContentOf(problem), task.ContentOf(renamed));
            var ends = edges[0].Split("&>"); // one edge turned around: another graph
            var other = new Problem("other", Prompt([$"{ends[1]}&>{ends[0]}", .. edges[1..]]), "");
            Assert.NotEqual(task.ContentOf(problem), task.ContentOf(other));
        }
    }

    /// <summary>
    /// What makes two groups a matter of sets. A path of H hops ends at one node, and the right nodes of the groups are two: its
    /// last thought is right for one group at most, and which node is right for the other is not on it at hop H. With one group
    /// the last node of the right path is the answer. (Before hop H a path may come through the other right node, but there a
    /// node says nothing: wrong candidates can be come through too.)
    /// </summary>
    [Fact]
    public void One_path_ends_at_the_answer_of_one_group_never_of_both()
    {
        var (both, wrongOnTheWay, paths) = (0, 0, 0);
        foreach (var problem in new Reachability(2).Problems(Split.Train, 1000, 3))
        {
            var slow = new SlowSearch("reachability-two", problem.Prompt);
            var answer = problem.Answer.Split(' ');
            foreach (var walk in slow.Walks)
            {
                if (answer.All(a => walk[^1] == a)) both++;
                paths++;
                if (walk[..^1].Any(node => slow.Candidates.Any(c => c.Contains(node)) && !answer.Contains(node))) wrongOnTheWay++;
            }
            Assert.All(answer, a => Assert.Contains(slow.Walks, w => w[^1] == a)); // each alone has a path
            Assert.Superset(answer.ToHashSet(), slow.After(3)); // and the last set has both
        }
        Assert.Equal(0, both);
        Assert.True(wrongOnTheWay > paths / 10);
        foreach (var problem in new Reachability(1).Problems(Split.Train, 300, 3))
        {
            var slow = new SlowSearch("reachability", problem.Prompt);
            Assert.All(slow.Walks.Where(w => slow.Candidates[0].Contains(w[^1])), w => Assert.Equal(problem.Answer, w[^1]));
        }
    }

    [Fact]
    public void A_graph_has_the_asked_number_of_nodes_edges_and_no_circle()
    {
        var task = new Reachability(1, new TaskSettings { Nodes = 30, Window = 5, Degree = 3, Hops = 4 });
        Assert.Contains("4 hops; 30 nodes with 3 edges each to the next 5", task.Description);
        foreach (var problem in task.Problems(Split.Train, 50, 4))
        {
            var edges = task.GraphOf(problem)!.Edges;
            Assert.Equal((27 * 3) + 2 + 1, edges.Count);
            var left = Enumerable.Range(0, 30).Select(n => n.ToString()).ToHashSet();
            while (left.FirstOrDefault(n => !edges.Any(e => e.To == n && left.Contains(e.From))) is { } first) left.Remove(first);
            Assert.Empty(left);
            Assert.Equal(4, task.ThoughtSets(problem)!.Count);
        }
    }
}
