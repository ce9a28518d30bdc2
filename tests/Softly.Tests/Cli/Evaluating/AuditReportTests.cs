using System.Text.Json;
using Softly.Evaluation;
using Softly.Runs;
using Softly.Runs.Reports;
using Softly.Tasks;

namespace Softly.Tests.Cli.Evaluating;

/// <summary>Audits in the reports.</summary>
public class AuditReportTests
{
    private const string Bad = "<script>";

    /// <summary>An audit made up of counts; its picture is of a real problem whose thoughts hold most of their sets.</summary>
    private static PartAudit Sample()
    {
        var task = TaskCatalog.Find("reachability-two");
        var problem = task.Problems(Split.Test, 1, 5)[0];
        var (sets, graph) = (task.ThoughtSets(problem)!, task.GraphOf(problem)!);
        var problems = Enumerable.Range(0, 40).Select(i => new AuditedProblem($"p{i}", 1 / 36.0, Counts(i))).ToList();
        var (share, none) = (new Estimate(0.8, 0.75, 0.85), Estimate.Exact(double.NaN));
        return new PartAudit
        {
            Benchmark = "reach " + Bad, Mode = "own", Law = "gumbel-winner", Samples = 8, Asked = 322, Unended = 2,
            LeftOut = ["noise-free: " + Bad], Remarks = ["another: 3 of 320 samples."], Settings = "these",
            Problems = problems,
            Positions =
            [
                new(null, 4, new ThoughtContent(24, share, share, new Estimate(3, 2, 4)), null),
                new(1, double.NaN, new ThoughtContent(8, none, none, Estimate.Exact(1)), null),
            ],
            Ranking = new AuditRanking(share, 200, 150, 120, 12),
            Picture = new AuditPicture(
                problem.Id, graph.Nodes, [.. graph.Edges.Select(e => new GraphEdge(e.From, e.To))], graph.Root, graph.Candidates,
                [.. graph.Candidates.SelectMany(c => c).Intersect(sets[^1])],
                [.. sets.Select(set => new PicturedThought(
                    set,
                    [
                        .. set.Select(w => new WordShare(w, 0.85 / set.Count)),
                        .. graph.Nodes.Except(set).Take(2).Select(w => new WordShare(w, 0.06)),
                        new(">", 0.03),
                    ]))]),
            Summary = AuditEstimates.Of(problems, [1, 8]),
        };

        static Dictionary<string, AuditCount> Counts(int i) => new()
        {
            ["own"] = new(8, 3 + i % 4), ["random"] = new(8, i % 2), ["blank"] = new(8, i % 3),
            ["winner"] = new(i == 7 ? 0 : 8, 1),
        };
    }

    private static EvaluationResult Result => EvaluationReportTests.Sample() with { Audits = [Sample()] };

    [Fact]
    public void Page_markdown_console_and_json_say_the_same_verdict()
    {
        var (result, audit) = (Result, Sample());
        var verdict = audit.Summary.Verdict;
        Assert.Equal((AuditFinding.Alive, WinnerFinding.NotEnough), (verdict.Thoughts, verdict.Winners));
        var difference = audit.Summary.Difference("random")!.Value.Times(100);
        Assert.Equal(100 * (4.5 - 0.5) / 8, difference.Value, 9);
        var (page, markdown) = (EvaluationReport.ToHtml(result), EvaluationReport.ToMarkdown(result));
        foreach (var text in new[] { page, markdown, EvaluationReport.ToText(result, 160).Replace('\n', ' ') })
        {
            Assert.Contains("he thoughts carry the answer: own ones are above random ones by 50.0", text);
            Assert.Contains("2 of 322 samples did not end", text);
            Assert.Contains("Left out: noise-free: ", text);
            Assert.Contains("Another: 3 of 320 samples.", text);
            Assert.Contains("75.0 % (150 of 200) where it does and in 10.0 % (12 of 120)", text);
        }
        Assert.Contains("random: the same weights on random tokens", markdown);
        Assert.DoesNotContain("noise-free: thought again", markdown);
        Assert.DoesNotContain(Bad, page);
        var json = EvaluationReport.ToJson(result);
        Assert.DoesNotContain("NaN", json + page + markdown);
        var told = JsonDocument.Parse(json).RootElement.GetProperty("audits")[0];
        Assert.Equal("alive", told.GetProperty("verdict").Text("thoughts"));
        Assert.Equal(40, told.GetProperty("problems").GetInt32());
        var mass = told.GetProperty("positions")[1].GetProperty("own").GetProperty("mass");
        Assert.Equal(JsonValueKind.Null, mass.GetProperty("estimate").ValueKind);
        // Nothing is said of audits where there are none.
        var without = EvaluationReportTests.Sample();
        Assert.DoesNotContain("thoughts are worth", EvaluationReport.ToHtml(without) + EvaluationReport.ToMarkdown(without));
        Assert.False(JsonDocument.Parse(EvaluationReport.ToJson(without)).RootElement.TryGetProperty("audits", out _));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(100)]
    public void The_text_fits_the_terminal(int width) => Assert.All(
        AuditSection.ToText([Sample()], width).Split('\n'), line => Assert.True(line.Length <= width, line));

    [Fact]
    public void The_picture_shows_every_thought_on_its_states()
    {
        var picture = Sample().Picture!;
        var page = EvaluationReport.ToHtml(Result);
        for (var t = 0; t < picture.Thoughts.Count; t++)
        {
            var start = page.IndexOf($">thought {t + 1}<", StringComparison.Ordinal);
            var drawing = page[start..page.IndexOf("</svg>", start, StringComparison.Ordinal)];
            Assert.Equal(picture.Nodes.Count, drawing.Split("<title>").Length - 1);
            Assert.Equal(picture.Thoughts[t].Set.Count, drawing.Split("class=\"in\"").Length - 1);
            Assert.Equal(2, drawing.Split("class=\"right\"").Length - 1);
            Assert.Contains($"85 % on the set of {picture.Thoughts[t].Set.Count}<", drawing);
            Assert.Contains("3.0 % on no state", drawing);
            var word = picture.Thoughts[t].Set[0];
            var weight = FormattableString.Invariant($"{0.85 / picture.Thoughts[t].Set.Count:F3}");
            Assert.Contains($"<title>{word}: {weight}, of the true set", drawing);
        }
    }

    [Fact]
    public void A_root_that_is_in_the_set_has_a_ring_and_pictures_are_few()
    {
        var picture = Sample().Picture!;
        var back = picture with
        {
            Thoughts = [.. Enumerable.Repeat(picture.Thoughts[0] with { Set = [picture.Root, picture.Nodes[^1]] }, 20)],
        };
        var page = EvaluationReport.ToHtml(Result with { Audits = [Sample() with { Picture = back }] });
        Assert.Equal(16, page.Split("class=\"title\">thought ").Length - 1);
        Assert.Contains("Of 20 thoughts the first 16 are drawn", page);
        Assert.Equal(16 * (back.Nodes[^1] == back.Root ? 1 : 2) + 1, page.Split("class=\"in\"").Length - 1); // the legend's
    }

    [Fact]
    public void Answers_that_could_not_be_judged_are_reported_as_such()
    {
        foreach (var problems in new AuditedProblem[][]
        {
            [new("a", null, new Dictionary<string, AuditCount>())],
            [new("a", null, new Dictionary<string, AuditCount> { ["blank"] = new(2, 1) })],
        })
        {
            var audit = Sample() with { Problems = problems, Summary = AuditEstimates.Of(problems, [1]) };
            Assert.Equal("own", audit.Summary.Conditions[0].Name);
            var result = Result with { Audits = [audit] };
            foreach (var text in new[] { EvaluationReport.ToHtml(result), EvaluationReport.ToText(result, 200) })
                Assert.Contains("othing could be judged", text);
        }
    }

    [Fact]
    public void The_file_is_read_as_it_was_written_and_a_damaged_one_is_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Null(AuditFile.Read(folder.Path));
        var file = new AuditFile([]).With(Sample()).With(Sample() with { Unended = 5 });
        file.Write(folder.Path);
        var text = File.ReadAllText(folder.File(AuditFile.FileName));
        var read = AuditFile.Read(folder.Path)!;
        Assert.Equal(5, Assert.Single(read.Parts).Unended);
        read.Write(folder.Path);
        Assert.Equal(text, File.ReadAllText(folder.File(AuditFile.FileName)));
        Assert.Equal(
            read.Parts[0].Summary.Differences.Select(d => d.Value),
            AuditEstimates.Of(read.Parts[0].Problems, [1, 8]).Differences.Select(d => d.Value));
        Assert.NotNull(read.Find(Sample().Benchmark, "own", "these", 8));
        Assert.NotNull(read.Find(Sample().Benchmark, "own", "these"));
        Assert.Null(read.Find(Sample().Benchmark, "own", "these", 4));
        Assert.Null(read.Find(Sample().Benchmark, "own", "others", 8));
        foreach (var damaged in new[] { text[..200], "null", "{\"format\": 2, \"parts\": []}", "{\"parts\": [{}]}" })
        {
            folder.With(AuditFile.FileName, damaged);
            var error = Assert.Throws<InvalidDataException>(() => AuditFile.Read(folder.Path));
            Assert.Contains("audit.json: not an audit of thoughts", error.Message);
        }
    }

    [Fact]
    public void One_odd_sample_of_a_few_problems_tells_nothing()
    {
        // Of 10 problems one answer of four differs: the bootstrap's interval is [−2.5, 0], whatever 10 problems can know.
        AuditedProblem[] problems =
        [
            .. Enumerable.Range(0, 10).Select(i => new AuditedProblem($"p{i}", null, new[] { "own", "random", "blank", "another" }
                .ToDictionary(c => c, c => new AuditCount(4, i == 0 && c != "own" ? 3 : 2)))),
        ];
        var summary = AuditEstimates.Of(problems, [1]);
        Assert.True(summary.Difference("random")!.Value.High <= AuditVerdict.Margin);
        Assert.Equal(AuditFinding.Open, summary.Verdict.Thoughts);
        Assert.EndsWith("from 183 problems on", summary.Verdict.Sentences[0]);
    }

    [Fact]
    public void Edges_of_another_step_are_not_drawn_as_taken()
    {
        // 0 leads to 1 and 2 first; then 1 leads to 3 and, which only the first step may, 2 does.
        var picture = Sample().Picture! with
        {
            Nodes = ["0", "1", "2", "3"], Root = "0", Candidates = [], Right = [],
            Edges =
            [
                new("0", "1") { Steps = [1] }, new("0", "2") { Steps = [1] }, new("1", "3") { Steps = [2] },
                new("2", "3") { Steps = [1] },
            ],
            Thoughts = [new(["1", "2"], [new("1", 1)]), new(["3"], [new("3", 1)])],
        };
        Assert.Equal([2, 1], Taken(picture));
        Assert.Equal([2, 2], Taken(picture with { Edges = [.. picture.Edges.Select(e => e with { Steps = null })] }));
        Assert.Equal([0, 0], Taken(picture with { StepByStep = false }));

        static int[] Taken(AuditPicture picture) =>
        [
            .. EvaluationReport.ToHtml(Result with { Audits = [Sample() with { Picture = picture }] })
                .Split("class=\"title\">thought ")[1..].Select(t => t.Split("</svg>")[0].Split("class=\"taken\"").Length - 1),
        ];
    }

    [Fact]
    public void A_problem_without_enough_verdicts_is_left_out_of_that_pair_alone()
    {
        var summary = Sample().Summary;
        var own = summary.Difference("winner")!.Value.Value;
        var expected = Enumerable.Range(0, 40).Where(i => i != 7).Average(i => (3 + i % 4 - 1) / 8.0);
        Assert.Equal(expected, own, 12);
        Assert.Equal(1 / 8.0, summary.Conditions.Single(c => c.Name == "winner").PassAtK[0].Share.Value, 12);
        Assert.Equal(1 / 36.0, summary.Conditions[0].PassAtK[0].Guess!.Value, 12);
    }
}
