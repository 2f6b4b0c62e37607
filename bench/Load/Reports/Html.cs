using System.Globalization;
using System.Net;

namespace Orleans.Chat.Load.Reports;

/* The few elements that the page is made of. A mark has its place in per cent of its track, so that the browser sets the text and nothing of it needs to
 * be measured here. Places are parts from 0 to 1. */
internal static class Html
{
    public static string Text(string text) => WebUtility.HtmlEncode(text);

    public static string Format(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>A row of a table; its cells are elements.</summary>
    public static string Row(string name, params string[] cells) => $"<tr><th scope=\"row\">{name}</th>{string.Concat(cells)}</tr>\n";

    public static string Cell(string kind, string text) => $"<td class=\"{kind}\">{text}</td>";

    public static string Number(string text) => Cell("number", text);

    /// <summary>The cell in which marks are.</summary>
    public static string Track(params IEnumerable<string> marks) => Cell("track", $"<div>{string.Concat(marks)}</div>");

    /// <summary>Something at a place.</summary>
    public static string Mark(string kind, double at) => $"<i class=\"{kind}\" style=\"left:{Percent(at)}\"></i>";

    /// <summary>Something from a place on; <paramref name="title"/> is shown by a pointer that stays on it.</summary>
    public static string Span(string kind, double from, double length, string title = "") =>
        $"<i class=\"{kind}\" style=\"left:{Percent(from)};width:{Percent(length)}\"{(title.Length > 0 ? $" title=\"{title}\"" : "")}></i>";

    /// <summary>The head of a table: the axis of its tracks, then the names of the other columns, of numbers and of text.</summary>
    public static string Head(IEnumerable<(double At, string Text)> axis, string[] numbers, params string[] others)
    {
        var labels = axis.Select(a =>
        {
            var end =
                a.At <= 0 ? " class=\"first\""
                : a.At >= 1 ? " class=\"last\""
                : "";
            return $"<span{end} style=\"left:{Percent(a.At)}\">{a.Text}</span>";
        });
        var columns = string.Concat(numbers.Select(n => $"<th class=\"number\">{n}</th>").Concat(others.Select(o => $"<th>{o}</th>")));
        return $"<thead><tr><th></th><th class=\"track\"><div>{string.Concat(labels)}</div></th>{columns}</tr></thead>\n";
    }

    /// <summary>The words for signs.</summary>
    public static string Legend(params IEnumerable<(string Kind, string Text)> signs) =>
        $"<p class=\"legend\">{string.Concat(signs.Select(s => $"<span><i class=\"{s.Kind}\"></i>{s.Text}</span>"))}</p>\n";

    private static string Percent(double part) => Format(100 * part, "0.##") + "%";
}
