package cwmp

// message makes the empty message of a method.
func message(name string) Message {
	for _, find := range [...]func(string) Message{phoneMethod, serverMethod, transferMethod} {
		if m := find(name); m != nil {
			return m
		}
	}
	return &Unknown{Name: name}
}

// phoneMethod finds what a phone asks, and the answers to it.
func phoneMethod(name string) Message {
	switch name {
	case "Inform":
		return &Inform{}
	case "InformResponse":
		return &InformResponse{}
	case "TransferComplete":
		return &TransferComplete{}
	case "TransferCompleteResponse":
		return &TransferCompleteResponse{}
	case "AutonomousTransferComplete":
		return &AutonomousTransferComplete{}
	case "AutonomousTransferCompleteResponse":
		return &AutonomousTransferCompleteResponse{}
	case "RequestDownload":
		return &RequestDownload{}
	case "RequestDownloadResponse":
		return &RequestDownloadResponse{}
	case "Kicked":
		return &Kicked{}
	case "KickedResponse":
		return &KickedResponse{}
	case "DUStateChangeComplete":
		return &DUStateChangeComplete{}
	case "DUStateChangeCompleteResponse":
		return &DUStateChangeCompleteResponse{}
	case "AutonomousDUStateChangeComplete":
		return &AutonomousDUStateChangeComplete{}
	case "AutonomousDUStateChangeCompleteResponse":
		return &AutonomousDUStateChangeCompleteResponse{}
	case "Fault":
		return &Fault{}
	}
	return nil
}

// serverMethod finds what a server asks of parameters and of the phone as a whole,
// and the answers to it.
func serverMethod(name string) Message { //nolint:funlen // one list
	switch name {
	case "GetRPCMethods":
		return &GetRPCMethods{}
	case "GetRPCMethodsResponse":
		return &GetRPCMethodsResponse{}
	case "SetParameterValues":
		return &SetParameterValues{}
	case "SetParameterValuesResponse":
		return &SetParameterValuesResponse{}
	case "GetParameterValues":
		return &GetParameterValues{}
	case "GetParameterValuesResponse":
		return &GetParameterValuesResponse{}
	case "GetParameterNames":
		return &GetParameterNames{}
	case "GetParameterNamesResponse":
		return &GetParameterNamesResponse{}
	case "SetParameterAttributes":
		return &SetParameterAttributes{}
	case "SetParameterAttributesResponse":
		return &SetParameterAttributesResponse{}
	case "GetParameterAttributes":
		return &GetParameterAttributes{}
	case "GetParameterAttributesResponse":
		return &GetParameterAttributesResponse{}
	case "AddObject":
		return &AddObject{}
	case "AddObjectResponse":
		return &AddObjectResponse{}
	case "DeleteObject":
		return &DeleteObject{}
	case "DeleteObjectResponse":
		return &DeleteObjectResponse{}
	case "Reboot":
		return &Reboot{}
	case "RebootResponse":
		return &RebootResponse{}
	case "FactoryReset":
		return &FactoryReset{}
	case "FactoryResetResponse":
		return &FactoryResetResponse{}
	case "ScheduleInform":
		return &ScheduleInform{}
	case "ScheduleInformResponse":
		return &ScheduleInformResponse{}
	}
	return nil
}

// transferMethod finds what a server asks of files and software, and the answers.
func transferMethod(name string) Message {
	switch name {
	case "Download":
		return &Download{}
	case "DownloadResponse":
		return &DownloadResponse{}
	case "Upload":
		return &Upload{}
	case "UploadResponse":
		return &UploadResponse{}
	case "GetQueuedTransfers":
		return &GetQueuedTransfers{}
	case "GetQueuedTransfersResponse":
		return &GetQueuedTransfersResponse{}
	case "GetAllQueuedTransfers":
		return &GetAllQueuedTransfers{}
	case "GetAllQueuedTransfersResponse":
		return &GetAllQueuedTransfersResponse{}
	case "ScheduleDownload":
		return &ScheduleDownload{}
	case "ScheduleDownloadResponse":
		return &ScheduleDownloadResponse{}
	case "CancelTransfer":
		return &CancelTransfer{}
	case "CancelTransferResponse":
		return &CancelTransferResponse{}
	case "ChangeDUState":
		return &ChangeDUState{}
	case "ChangeDUStateResponse":
		return &ChangeDUStateResponse{}
	}
	return nil
}
