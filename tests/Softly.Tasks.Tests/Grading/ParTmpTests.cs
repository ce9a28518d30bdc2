using System.Text.Json;
using Softly.Tasks;
namespace Softly.Tests.Grading;
public sealed class ParTmpTests
{
    [Fact]
    public void Diff()
    {
        int bad = 0, n = 0;
        foreach (var line in File.ReadLines("/tmp/par/cases.jsonl"))
        {
            var r = JsonDocument.Parse(line).RootElement;
            var t = r.GetProperty("text").GetString()!;
            foreach (var (g, name) in new (IGrader, string)[] { (new DapoGrader(), "dapo"), (new MinervaGrader(), "minerva") })
            {
                n++;
                var got = g.Grade("zzz", t).Extracted; var want = r.GetProperty(name).GetString();
                if (got != want && bad++ < 20) Console.Error.WriteLine($"{name}: {JsonSerializer.Serialize(t)} want {want} got {got}");
            }
        }
        Console.Error.WriteLine($"TOTAL {bad} of {n}");
    }
}
