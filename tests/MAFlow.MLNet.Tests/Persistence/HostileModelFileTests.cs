using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using MAFlow.Tests;
using Microsoft.ML;

namespace MAFlow.MLNet.Tests;

/// <summary>Model files of ML.NET from strangers: each is refused or scores rows, quickly and in little memory.</summary>
/// <remarks>All but the entry "Schema", in which ML.NET 5.0.1 keeps the input's schema: its own reader of that can ask for all memory
/// before a flow is met.</remarks>
[TestClass]
public sealed class HostileModelFileTests
{
    private const string SchemaEntry = "Schema";
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void Damaged_model_files_are_refused_or_score() => Load(300, seed: 1);

    [TestMethod]
    public void Damaged_files_of_densities_that_depend_on_a_context_are_refused_or_score() =>
        Load(300, seed: 3, SmallContexts.Fitted.WithThreshold(1), SmallContexts.View(3));

    [TestMethod]
    [Soak]
    [TestCategory(SoakAttribute.Category)]
    public void Ten_thousand_damaged_model_files_are_refused_or_score() => Load(10_000, seed: 2);

    // With all that a file can hold.
    private void Load(int count, int seed) =>
        Load(count, seed, Measured.Fit(Measured.Options(AnomalyMeasure.Combined), Measured.Rows(100)), Tables.View(_context, 3));

    private void Load(int count, int seed, MongeAmpereFlowTransformer model, IDataView data)
    {
        using var owned = model;
        var entries = Entries(data, model);
        var random = new Random(seed);
        var (refused, slowest, kinds) = (0, TimeSpan.Zero, new SortedDictionary<string, int>());
        for (var i = 0; i < count; i++)
        {
            var file = Damage(entries, random);
            var (before, start) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
            try
            {
                using var loaded = (IDisposable)new MLContext(seed: 1).Model.Load(new MemoryStream(file), out _);
                Assert.HasCount(3, SmallFlow.Scores((ITransformer)loaded, data));
            }
            catch (Exception error) when (IsRefusal(error))
            {
                refused++;
                var kind = error.GetBaseException().GetType().Name;
                kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
            }
            catch (Exception error) when (error is not UnitTestAssertException)
            {
                Assert.Fail($"Damage {i} of seed {seed}: {error}");
            }

            Assert.IsLessThan(64L << 20, GC.GetAllocatedBytesForCurrentThread() - before, $"Bytes allocated for damage {i} of seed {seed}.");
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(start).Ticks));
        }

        Console.WriteLine($"{refused} of {count} refused, slowest {slowest.TotalSeconds:F2} s: {string.Join(", ", kinds)}");
        Assert.IsGreaterThan(count / 3, refused, "Damage was noticed.");
        Assert.IsLessThan(5, slowest.TotalSeconds, "Seconds for the slowest file.");
    }

    // ML.NET makes components by reflection, which wraps what they throw; its own reader of archives has errors of its own.
    private static bool IsRefusal(Exception error) => error.GetBaseException() is FormatException or InvalidDataException or ArgumentException or InvalidOperationException
        or IOException or NotSupportedException && error.GetBaseException() is not ObjectDisposedException;

    private Dictionary<string, byte[]> Entries(IDataView data, MongeAmpereFlowTransformer model)
    {
        using var stream = new MemoryStream();
        _context.Model.Save(model, data.Schema, stream);
        using var archive = new ZipArchive(stream);
        return archive.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var content = new MemoryStream();
            using (var source = entry.Open())
            {
                source.CopyTo(content);
            }

            return content.ToArray();
        });
    }

    private static byte[] Damage(Dictionary<string, byte[]> intact, Random random)
    {
        var entries = new Dictionary<string, byte[]>(intact);
        var names = entries.Keys.Where(name => name != SchemaEntry).Order(StringComparer.Ordinal).ToList();
        var weights = names.Single(name => name.EndsWith("Model.safetensors", StringComparison.Ordinal));
        var settings = names.Single(name => entries[name].AsSpan().IndexOf("{\"Columns"u8) >= 0);
        var chosen = names[random.Next(names.Count)];
        switch (random.Next(6))
        {
            case 0:
                return FlipBits(entries, random);
            case 1:
                var whole = Archive(entries);
                return whole[..random.Next(whole.Length)];
            case 2:
                entries.Remove(chosen);
                break;
            case 3:
                entries[chosen] = entries[chosen].Length == 0 ? [1] : HostileFiles.FlipBits(entries[chosen], random);
                break;
            case 4:
                entries[settings] = Settings(entries[settings], random);
                break;
            default:
                entries[weights] = HostileFiles.Damage(entries[weights], random);
                break;
        }

        return Archive(entries);
    }

    private static byte[] FlipBits(Dictionary<string, byte[]> entries, Random random)
    {
        var archive = Archive(entries);
        while (true)
        {
            var bytes = HostileFiles.FlipBits(archive, random);
            if (bytes.AsSpan().IndexOf(entries[SchemaEntry]) >= 0)
            {
                return bytes;
            }
        }
    }

    /// <summary>Settings that say something else, behind the length that they have.</summary>
    private static byte[] Settings(byte[] entry, Random random)
    {
        var begin = entry.AsSpan().IndexOf("{\"Columns"u8);
        var length = BitConverter.ToInt32(entry, begin - 4);
        var text = Encoding.UTF8.GetBytes(HostileFiles.Json(JsonNode.Parse(entry.AsSpan(begin, length))!, random));
        return [.. entry.AsSpan(0, begin - 4), .. BitConverter.GetBytes(text.Length), .. text, .. entry.AsSpan(begin + length)];
    }

    private static byte[] Archive(Dictionary<string, byte[]> entries)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }
}
