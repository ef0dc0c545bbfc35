using System.Text;

namespace MAFlow.Scoring.Onnx;

/// <summary>A message of protocol buffers under construction.</summary>
internal sealed class Protobuf
{
    private const int Variable = 0;
    private const int Delimited = 2;
    private readonly MemoryStream _bytes = new();

    public Protobuf Add(int field, long value)
    {
        Write((ulong)((field << 3) | Variable));
        Write((ulong)value);
        return this;
    }

    public Protobuf Add(int field, ReadOnlySpan<byte> value)
    {
        Write((ulong)((field << 3) | Delimited));
        Write((ulong)value.Length);
        _bytes.Write(value);
        return this;
    }

    public Protobuf Add(int field, string value) => Add(field, Encoding.UTF8.GetBytes(value));

    public Protobuf Add(int field, Protobuf message) => Add(field, message._bytes.GetBuffer().AsSpan(0, (int)message._bytes.Length));

    public void CopyTo(Stream target) => _bytes.WriteTo(target);

    private void Write(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _bytes.WriteByte((byte)(value | 0x80));
        }

        _bytes.WriteByte((byte)value);
    }
}
