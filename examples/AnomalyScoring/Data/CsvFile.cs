using Microsoft.VisualBasic.FileIO;

namespace AnomalyScoring.Data;

/// <summary>The cells of a CSV file: one header, and rows that all have as many cells as it. A cell in quotes may hold commas and line
/// breaks.</summary>
public sealed record CsvFile(string Path, string[] Header, string[][] Rows)
{
    /// <summary>Reads and checks the whole file.</summary>
    /// <exception cref="InvalidDataException">No rows, a row with more or fewer cells than the header, a quote without its end, or two
    /// columns of one name.</exception>
    public static CsvFile Read(string path)
    {
        using var parser = new TextFieldParser(path) { Delimiters = [","] };
        try
        {
            var header = parser.ReadFields() ?? throw new InvalidDataException($"Expected a header in {path}, got an empty file.");
            if (header.Distinct().Count() < header.Length)
            {
                throw new InvalidDataException($"Expected a different name for each column of {path}, got {string.Join(", ", header)}. Rename the columns in the file.");
            }

            var rows = new List<string[]>();
            for (var line = parser.LineNumber; parser.ReadFields() is { } cells; line = parser.LineNumber)
            {
                if (cells.Length != header.Length)
                {
                    throw new InvalidDataException($"Expected {header.Length} cells in every row of {path}, as in its header, got {cells.Length} near line {line}: "
                        + $"{string.Join(", ", cells.Take(5))}{(cells.Length > 5 ? ", ..." : "")}. Leave a cell empty where a value is missing, and put quotes around text with commas.");
                }

                rows.Add(cells);
            }

            return rows.Count > 0 ? new CsvFile(path, header, [.. rows])
                : throw new InvalidDataException($"Expected rows below the header of {path}, got none.");
        }
        catch (MalformedLineException error)
        {
            throw new InvalidDataException(
                $"Expected cells between commas in {path}, got a quote without its end, or text behind it, at line {error.LineNumber}. Write a quote within quotes twice.", error);
        }
    }

    /// <summary>The cells of one column.</summary>
    /// <exception cref="InvalidDataException">There is no such column.</exception>
    public string[] Column(string name)
    {
        var place = Array.IndexOf(Header, name);
        return place >= 0 ? [.. Rows.Select(row => row[place])]
            : throw new InvalidDataException($"Expected a column '{name}' in {Path}, got {string.Join(", ", Header)}. Name one of them with --label.");
    }
}
