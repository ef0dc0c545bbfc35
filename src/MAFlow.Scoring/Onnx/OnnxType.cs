namespace MAFlow.Scoring.Onnx;

/// <summary>Types of numbers, numbered as in ONNX.</summary>
internal enum OnnxType
{
    Single = 1,
    Int64 = 7,
    Boolean = 9,
    Double = 11,
    UInt64 = 13,
}
