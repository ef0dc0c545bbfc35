using System.Globalization;
using System.IO.Compression;
using static TorchSharp.torch;

namespace MAFlow.Benchmarks;

/// <summary>Tables on which starts without simulation are compared: generated ones, and files of numbers.</summary>
internal static class StartTables
{
    private const int Rows = 20_000;

    public static readonly string[] Generated = ["eight", "checkerboard", "ring", "curved"];

    /// <summary>Rows of a table in random order, float64.</summary>
    /// <param name="name">One of <see cref="Generated"/>, or a file of comma-separated numbers whose last column is left out, as are lines that
    /// are shorter than most; .gz is unpacked.</param>
    public static Tensor Read(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        var table = name switch
        {
            "eight" => Eight(generator),
            "checkerboard" => Checkerboard(generator),
            "ring" => Ring(generator),
            "curved" => Curved(generator),
            _ => File(name),
        };
        return table.index_select(0, randperm(table.shape[0], int64, generator: generator)).MoveToOuterDisposeScope();
    }

    private static Tensor Eight(Generator generator)
    {
        var angle = randint(0, 8, [Rows], float64, generator: generator) * Math.PI / 4;
        return stack([angle.cos() * 2, angle.sin() * 2], 1) + (Normal(2, generator) * 0.2);
    }

    private static Tensor Checkerboard(Generator generator)
    {
        var x = (rand([Rows], float64, generator: generator) * 4) - 2;
        var y = rand([Rows], float64, generator: generator) - (randint(0, 2, [Rows], float64, generator: generator) * 2);
        return stack([x, y + x.floor().remainder(2)], 1);
    }

    private static Tensor Ring(Generator generator)
    {
        var angle = rand([Rows], float64, generator: generator) * 2 * Math.PI;
        var radius = where(rand([Rows], float64, generator: generator) < 0.5, ones(Rows, float64), ones(Rows, float64) * 2)
            + (Normal(1, generator).squeeze(1) * 0.08);
        return stack([radius * angle.cos(), radius * angle.sin()], 1);
    }

    /// <summary>y_k = sin(2 y_(k-1)) + ½ cos(2 y_(k-2)) + noise, 10 of them.</summary>
    private static Tensor Curved(Generator generator)
    {
        var noise = Normal(10, generator) * 0.3;
        var columns = new List<Tensor> { noise.select(1, 0) * 3, noise.select(1, 1) * 3 };
        for (var k = 2; k < 10; k++)
        {
            columns.Add((columns[k - 1] * 2).sin() + ((columns[k - 2] * 2).cos() * 0.5) + noise.select(1, k));
        }

        return stack(columns, 1);
    }

    private static Tensor Normal(int columns, Generator generator) => randn([Rows, columns], float64, generator: generator);

    private static Tensor File(string path)
    {
        using var file = System.IO.File.OpenRead(path);
        using Stream content = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(content);
        var lines = reader.ReadToEnd().Split('\n').Select(line => line.Split(',')).ToList();
        var width = lines.Max(line => line.Length);
        var numbers = lines.Where(line => line.Length == width)
            .Select(line => line[..^1].Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray()).ToList();
        var table = tensor(numbers.SelectMany(row => row).ToArray(), [numbers.Count, width - 1]);
        return table.index_select(1, table.std(0).gt(1e-9).nonzero().squeeze(1));
    }
}
