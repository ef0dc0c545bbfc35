namespace MAFlow.MLNet.Measures;

/// <summary>What scores measure.</summary>
/// <param name="Kind">Which measure.</param>
/// <param name="Neighbours">Number k of neighbours, where it has some; fewer where there are not as many training rows.</param>
/// <param name="TrimmedShare">Share of the training rows that is no reference: the least likely ones.</param>
internal sealed record MeasureOptions(AnomalyMeasure Kind, int Neighbours, double TrimmedShare = 0);
