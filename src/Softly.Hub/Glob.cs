using System.Text;
using System.Text.RegularExpressions;

namespace Softly.Hub;

/// <summary>
/// Patterns over file names as huggingface_hub has them (Python's fnmatch): <c>*</c> also crosses folders, <c>?</c> is one
/// character, <c>[a-c]</c> and <c>[!a-c]</c> are sets, and a pattern that ends in a slash is everything below that folder.
/// </summary>
internal sealed class Glob
{
    private readonly Regex _regex;

    public Glob(string pattern)
    {
        var whole = pattern.EndsWith('/') ? pattern + "*" : pattern;
        var regex = new StringBuilder(@"\A");
        for (var at = 0; at < whole.Length; at++)
        {
            var close = whole[at] == '[' && at + 2 < whole.Length
                ? whole.IndexOf(']', Math.Min(whole.Length, at + (whole[at + 1] == '!' ? 3 : 2))) : -1;
            if (close > 0)
            {
                var members = whole[(at + 1)..close];
                var isNot = members[0] == '!';
                var set = (isNot ? members[1..] : members).Replace(@"\", @"\\").Replace("[", @"\[").Replace("^", @"\^");
                regex.Append(isNot ? "[^" : "[").Append(set).Append(']');
                at = close;
            }
            else regex.Append(whole[at] switch { '*' => ".*", '?' => ".", var c => Regex.Escape(c.ToString()) });
        }
        try
        {
            _regex = new Regex(regex.Append(@"\z").ToString(), RegexOptions.Singleline | RegexOptions.NonBacktracking);
        }
        catch (ArgumentException)
        {
            throw new HubException($"'{pattern}' is no pattern of file names: expected one such as *.json or model-0000[1-3]*");
        }
    }

    public bool Matches(string name) => _regex.IsMatch(name);
}
