using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class SafetensorsFileTests
{
    [TestMethod]
    public void AnotherReaderFindsTheSameNumbers()
    {
        using var model = Models.Make();
        var bytes = Models.Bytes(model);
        // The format in its own words: header length, JSON header, raw little-endian numbers.
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        Assert.AreEqual(0, length % 8, "Numbers begin at a multiple of 8.");
        using var header = JsonDocument.Parse(bytes.AsMemory(8, length));
        var end = 0L;
        foreach (var entry in header.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__").OrderBy(entry => entry.Value.GetProperty("data_offsets")[0].GetInt64()))
        {
            Assert.AreEqual(end, entry.Value.GetProperty("data_offsets")[0].GetInt64());
            end = entry.Value.GetProperty("data_offsets")[1].GetInt64();
            Assert.AreEqual("F64", entry.Value.GetProperty("dtype").GetString());
        }

        Assert.AreEqual(bytes.Length - 8 - length, end);
        var weight = header.RootElement.GetProperty("potential.weight");
        Assert.AreEqual("[5,3]", weight.GetProperty("shape").GetRawText());
        var expected = ((RidgePotential)model.Flow.Potential).Weight.data<double>().ToArray();
        var begin = 8 + length + (int)weight.GetProperty("data_offsets")[0].GetInt64();
        CollectionAssert.AreEqual(expected, Enumerable.Range(0, 15).Select(i => BinaryPrimitives.ReadDoubleLittleEndian(bytes.AsSpan(begin + (8 * i)))).ToArray());
        Assert.AreEqual("maflow-density", header.RootElement.GetProperty("__metadata__").GetProperty("format").GetString());
    }

    [TestMethod]
    public void EveryTypeAndShapeComesBack()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var tensors = new Dictionary<string, Tensor>
        {
            ["f32"] = Draw.Normal(1, 2, 3).to(float32),
            ["f64"] = Draw.Normal(2, 4).requires_grad_(),
            ["bf16"] = Draw.Normal(3, 5).to(bfloat16),
            ["i64"] = arange(7, dtype: int64),
            ["u8"] = arange(3, dtype: uint8),
            ["scalar"] = tensor(1.5),
            ["empty"] = zeros(0, 4),
            ["transposed \"ü\""] = Draw.Normal(4, 3, 2).t(),
        };
        using var file = new SafetensorsFile(tensors, new Dictionary<string, string> { ["note"] = "a \"b\" ü \n" });
        file.Save(folder["all"]);
        using var loaded = SafetensorsFile.Load(folder["all"]);
        CollectionAssert.AreEquivalent(tensors.Keys.ToList(), loaded.Tensors.Keys.ToList());
        Assert.AreEqual("a \"b\" ü \n", loaded.Metadata["note"]);
        foreach (var (name, value) in tensors)
        {
            Near.AssertBitEqual(value, loaded.Tensors[name], name);
        }

        using var unsupported = new SafetensorsFile(new Dictionary<string, Tensor> { ["c"] = ones(1, dtype: complex64) }, new Dictionary<string, string>());
        Assert.ThrowsExactly<NotSupportedException>(() => unsupported.Save(folder["complex"]));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, DisplayName = "overlap")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}""", 16, DisplayName = "hole")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, DisplayName = "hole before the first")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12, DisplayName = "bytes left over")]
    [DataRow("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", 8, DisplayName = "bytes missing")]
    [DataRow("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, DisplayName = "shape and offsets disagree")]
    [DataRow("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[8,0]}}""", 0, DisplayName = "negative extent")]
    [DataRow("""{"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,0]}}""", 0, DisplayName = "product overflows to zero")]
    [DataRow("""{"a":{"dtype":"F32","shape":[0,4611686018427387904,8],"data_offsets":[0,0]}}""", 0, DisplayName = "strides of an empty tensor overflow")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2305843009213693952],"data_offsets":[0,9223372036854775807]}}""", 8, DisplayName = "huge tensor")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}""", 4, DisplayName = "nine dimensions")]
    [DataRow("""{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}""", 4, DisplayName = "unknown type")]
    [DataRow("""{"a":{"dtype":32,"shape":[1],"data_offsets":[0,4]}}""", 4, DisplayName = "type is a number")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, DisplayName = "broken extent")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, DisplayName = "one offset")]
    [DataRow("""{"a":{"dtype":"F32","shape":[null],"data_offsets":[0,4]}}""", 4, DisplayName = "null extent")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1]}}""", 4, DisplayName = "no offsets")]
    [DataRow("""{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[],"data_offsets":[1,2]}}""", 2, DisplayName = "the same name twice")]
    [DataRow("""{"a":null}""", 0, DisplayName = "no entry")]
    [DataRow("""{"__metadata__":{"format":3}}""", 0, DisplayName = "metadata that is no text")]
    [DataRow("""{"__metadata__":{"format":null}}""", 0, DisplayName = "metadata that is null")]
    [DataRow("[]", 0, DisplayName = "an array")]
    [DataRow("{}}", 0, DisplayName = "rest after the header")]
    public void HeadersThatAreNotSafetensorsAreRefused(string header, int numbers) => Refused(header, numbers);

    [TestMethod]
    public void DeepHeadersAreRefused() => Refused(string.Concat(Enumerable.Repeat("{\"a\":", 5000)) + "1" + new string('}', 5000), 0);

    [TestMethod]
    [DataRow(0UL)]
    [DataRow(1UL)]
    [DataRow(1UL << 30)]
    [DataRow(ulong.MaxValue)]
    public void HeaderLengthsOutOfRangeAreRefusedWithoutAllocating(ulong length)
    {
        var bytes = new byte[100];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        using var stream = new MemoryStream(bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("a header of 2 to", Assert.ThrowsExactly<FormatException>(() => SafetensorsFile.Load(stream, long.MaxValue)).Message);
        Near.IsBelow(1L << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void LoadingAndSavingFreeTheirTensors()
    {
        using var folder = new TemporaryFolder();
        using var file = new SafetensorsFile(new Dictionary<string, Tensor> { ["a"] = ones(3), ["b"] = ones(2, 2) }, new Dictionary<string, string>());
        Leaks.AssertNone(() =>
        {
            file.Save(folder["x"]);
            return [SafetensorsFile.Load(folder["x"])];
        });
    }

    private static void Refused(string header, int numbers)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + numbers];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)json.Length);
        json.CopyTo(bytes, 8);
        using var stream = new MemoryStream(bytes);
        Assert.Contains("Expected", Assert.ThrowsExactly<FormatException>(() => SafetensorsFile.Load(stream, bytes.Length)).Message);
    }
}
